import {
  ApiExtraModels,
  ApiProperty,
  ApiPropertyOptional,
  getSchemaPath,
  type ApiPropertyOptions,
} from '@nestjs/swagger';
import { Allow, IsBoolean, IsInt, IsString, Length, Max, Min, ValidateIf } from 'class-validator';
import { PageMetaDto } from '../list.dto';
import { AsSent } from '../validators/as-sent.decorator';
import { IsImmutable } from '../validators/is-immutable.decorator';
import { IsStorableText } from '../validators/is-storable-text.decorator';
import { present } from '../validators/present';

const NAME_MAX = 120;
const LIFETIME_SECONDS_MIN = 60;
const LIFETIME_SECONDS_MAX = 86_400;
export const LIFETIME_SECONDS_DEFAULT = 3_600;
export const AUDIENCES_MAX = 20;
export const CLAIM_RULES_MAX = 100;

const NAME = { minLength: 1, maxLength: NAME_MAX, example: 'Company IdP' };
const ISSUER_URL = {
  format: 'uri',
  maxLength: 2_000,
  example: 'https://idp.example.com',
  description: 'Exactly what the tokens say as iss. Its keys are found by OIDC discovery.',
};
const AUDIENCES = {
  type: [String],
  minItems: 1,
  maxItems: AUDIENCES_MAX,
  example: ['https://mcp.example.com/o/acme'],
  description:
    "A token must be for one of these alone, or for the URL of a registry, which is the only one that it is good for then. {PUBLIC_URL}/o/{organization} is the organization's own and good everywhere; any other only where the path names the organization: a registry by its id, or /o/{organization}.",
} satisfies ApiPropertyOptions;
const CLAIM_RULES = { maxItems: CLAIM_RULES_MAX, description: 'What a token gives by its claims. Rules add up.' };
const LIFETIME = {
  type: 'integer',
  minimum: LIFETIME_SECONDS_MIN,
  maximum: LIFETIME_SECONDS_MAX,
  default: LIFETIME_SECONDS_DEFAULT,
  description: 'The most by which exp may lie after iat, in seconds.',
} as const;

export class ClaimRoleDto {
  @ApiProperty({ example: 'Viewer' })
  role_name!: string;

  @ApiProperty({ example: 'MCP Registries' })
  entity_type_name!: string;

  @ApiProperty({ example: '*', description: 'Id of a registry, or * for all entities of the type.' })
  entity_id!: string;
}

export class ClaimRuleDto {
  @ApiProperty({
    minLength: 1,
    maxLength: 200,
    example: 'groups',
    description: 'Name of a claim, or a path with dots into one.',
  })
  claim!: string;

  @ApiProperty({
    minLength: 1,
    maxLength: 500,
    example: 'platform',
    description: 'What the claim equals or, being an array, contains.',
  })
  value!: string;

  @ApiPropertyOptional({ format: 'uuid', description: 'Membership of this team; either this or role.' })
  team_id?: string;

  @ApiPropertyOptional({ description: 'This role; either this or team_id.' })
  role?: ClaimRoleDto;
}

@ApiExtraModels(ClaimRuleDto)
export class CreateIssuerDto {
  @ApiProperty(NAME)
  @IsStorableText()
  @Length(1, NAME_MAX)
  @IsString()
  name!: string;

  @ApiProperty(ISSUER_URL)
  @IsString()
  issuer_url!: string;

  @ApiPropertyOptional({
    ...AUDIENCES,
    description: `${AUDIENCES.description} Defaults to the organization's own.`,
  })
  @Allow()
  audiences?: unknown;

  @ApiPropertyOptional({ ...CLAIM_RULES, type: 'array', items: { $ref: getSchemaPath(ClaimRuleDto) } })
  @AsSent()
  @Allow()
  claim_rules?: unknown;

  @ApiPropertyOptional(LIFETIME)
  @ValidateIf(present)
  @Max(LIFETIME_SECONDS_MAX)
  @Min(LIFETIME_SECONDS_MIN)
  @IsInt()
  max_lifetime_seconds?: number;

  @ApiPropertyOptional({ default: true })
  @ValidateIf(present)
  @IsBoolean()
  enabled?: boolean;
}

export class UpdateIssuerDto {
  @ApiPropertyOptional(NAME)
  @ValidateIf(present)
  @IsStorableText()
  @Length(1, NAME_MAX)
  @IsString()
  name?: string;

  @ValidateIf(present)
  @IsImmutable()
  issuer_url?: never;

  @ApiPropertyOptional(AUDIENCES)
  @Allow()
  audiences?: unknown;

  @ApiPropertyOptional({ ...CLAIM_RULES, type: 'array', items: { $ref: getSchemaPath(ClaimRuleDto) } })
  @AsSent()
  @Allow()
  claim_rules?: unknown;

  @ApiPropertyOptional({ ...LIFETIME, default: undefined })
  @ValidateIf(present)
  @Max(LIFETIME_SECONDS_MAX)
  @Min(LIFETIME_SECONDS_MIN)
  @IsInt()
  max_lifetime_seconds?: number;

  @ApiPropertyOptional()
  @ValidateIf(present)
  @IsBoolean()
  enabled?: boolean;
}

export class IssuerDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty(ISSUER_URL)
  issuer_url!: string;

  @ApiProperty({ type: [String], example: AUDIENCES.example })
  audiences!: string[];

  @ApiProperty({ type: [ClaimRuleDto] })
  claim_rules!: ClaimRuleDto[];

  @ApiProperty({ type: 'integer', example: LIFETIME_SECONDS_DEFAULT, description: LIFETIME.description })
  max_lifetime_seconds!: number;

  @ApiProperty()
  enabled!: boolean;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ format: 'date-time' })
  updated_at!: string;
}

export class IssuerListDto {
  @ApiProperty({ type: [IssuerDto] })
  data!: IssuerDto[];

  @ApiProperty()
  meta!: PageMetaDto;
}
