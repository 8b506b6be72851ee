import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Allow, IsBoolean, IsIn, ValidateIf } from 'class-validator';
import { DEFAULT_CLAIM_MAPPINGS, DEFAULT_SCOPES } from '../../sign-in/identity-providers/identity-provider-row';
import { PageMetaDto } from '../list.dto';
import { AsSent } from '../validators/as-sent.decorator';
import { IsImmutable } from '../validators/is-immutable.decorator';
import { present } from '../validators/present';

const TYPES = ['oidc'] as const;
const LOGIN_PATH = "The organization's: its users sign in at /v0/authenticate/{login_path}.";

class ClaimMappingsDto {
  @ApiPropertyOptional({ default: DEFAULT_CLAIM_MAPPINGS.name })
  name!: string;

  @ApiPropertyOptional({ default: DEFAULT_CLAIM_MAPPINGS.email })
  email!: string;

  @ApiPropertyOptional({ default: DEFAULT_CLAIM_MAPPINGS.groups })
  groups!: string;
}

class ProviderConfigDto {
  @ApiProperty({ format: 'uri', example: 'https://idp.example.com' })
  issuer_url!: string;

  @ApiProperty({ maxLength: 255 })
  client_id!: string;

  @ApiProperty({ type: [String], default: DEFAULT_SCOPES })
  scopes!: readonly string[];

  @ApiProperty({ description: 'Which claim says what of a user.' })
  claim_mappings!: ClaimMappingsDto;
}

class NewProviderConfigDto {
  @ApiProperty({ format: 'uri', maxLength: 2_000, example: 'https://idp.example.com' })
  issuer_url!: string;

  @ApiProperty({ minLength: 1, maxLength: 255 })
  client_id!: string;

  @ApiProperty({ minLength: 1, maxLength: 1_000, format: 'password', writeOnly: true })
  client_secret!: string;

  @ApiPropertyOptional({ type: [String], default: DEFAULT_SCOPES, maxItems: 20 })
  scopes?: string[];

  @ApiPropertyOptional()
  claim_mappings?: ClaimMappingsDto;
}

class ChangedProviderConfigDto {
  @ApiPropertyOptional({
    format: 'uri',
    maxLength: 2_000,
    description: 'Another issuer needs the client_secret along with it.',
  })
  issuer_url?: string;

  @ApiPropertyOptional({ minLength: 1, maxLength: 255 })
  client_id?: string;

  @ApiPropertyOptional({ minLength: 1, maxLength: 1_000, format: 'password', writeOnly: true })
  client_secret?: string;

  @ApiPropertyOptional({ type: [String], maxItems: 20 })
  scopes?: string[];

  @ApiPropertyOptional()
  claim_mappings?: ClaimMappingsDto;
}

export class CreateIdentityProviderDto {
  @ApiProperty({ enum: TYPES })
  @IsIn(TYPES)
  type!: 'oidc';

  @ApiPropertyOptional({ default: false, description: 'One provider of an organization at most is enabled.' })
  @ValidateIf(present)
  @IsBoolean()
  enabled?: boolean;

  @ApiProperty({ type: NewProviderConfigDto })
  @AsSent()
  @Allow()
  config!: unknown;
}

export class UpdateIdentityProviderDto {
  @ValidateIf(present)
  @IsImmutable()
  type?: never;

  @ApiPropertyOptional({ description: 'One provider of an organization at most is enabled.' })
  @ValidateIf(present)
  @IsBoolean()
  enabled?: boolean;

  @ApiPropertyOptional({ type: ChangedProviderConfigDto, description: 'Merged; what is absent stays.' })
  @AsSent()
  @Allow()
  config?: unknown;
}

export class IdentityProviderDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ enum: TYPES })
  type!: 'oidc';

  @ApiProperty()
  enabled!: boolean;

  @ApiProperty({ example: 'demo', description: LOGIN_PATH })
  login_path!: string;

  @ApiProperty({ description: 'Without the client secret, which never comes back.' })
  config!: ProviderConfigDto;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ format: 'date-time' })
  updated_at!: string;
}

export class IdentityProviderListDto {
  @ApiProperty({ type: [IdentityProviderDto] })
  data!: IdentityProviderDto[];

  @ApiProperty()
  meta!: PageMetaDto;
}
