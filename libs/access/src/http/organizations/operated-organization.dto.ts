import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { MACHINE_NAME, MACHINE_NAME_LENGTH_MAX } from '@portolan/kernel';
import { Allow, IsIn, IsOptional, IsString, Length, Matches, MaxLength, ValidateIf } from 'class-validator';
import { PageMetaDto } from '../list.dto';
import { AsSent } from '../validators/as-sent.decorator';
import { IsEmailAddress } from '../validators/is-email-address.decorator';
import { IsImmutable } from '../validators/is-immutable.decorator';
import { IsStorableText } from '../validators/is-storable-text.decorator';
import { present } from '../validators/present';
import { DISPLAY_NAME_MAX, ORGANIZATION_STATES, OrganizationDto } from './organization.dto';

const EMAIL_MAX = 320;
const REASON_MAX = 500;
const RATE_LIMITS = {
  type: 'object',
  additionalProperties: {
    type: 'object',
    properties: { per_second: { type: 'number' }, burst: { type: 'integer' } },
    required: ['per_second', 'burst'] as string[],
  },
  example: { read: { per_second: 50, burst: 500 } },
} as const;
const QUOTAS = {
  type: 'object',
  additionalProperties: { type: 'integer', minimum: 0 },
  example: { registries: 20 },
} as const;

export class CreateOrganizationDto {
  @ApiProperty({
    minLength: 1,
    maxLength: MACHINE_NAME_LENGTH_MAX,
    pattern: MACHINE_NAME.source,
    example: 'acme',
    description: 'Also its first login path.',
  })
  @Length(1, MACHINE_NAME_LENGTH_MAX)
  @Matches(MACHINE_NAME)
  @IsString()
  name!: string;

  @ApiPropertyOptional({ minLength: 1, maxLength: DISPLAY_NAME_MAX, description: 'Defaults to the name.' })
  @ValidateIf(present)
  @IsStorableText()
  @Length(1, DISPLAY_NAME_MAX)
  @IsString()
  display_name?: string;

  @ApiPropertyOptional({
    format: 'email',
    maxLength: EMAIL_MAX,
    description: 'Of the first administrator. Defaults to admin@{name}.invalid, which no mail reaches.',
  })
  @ValidateIf(present)
  @MaxLength(EMAIL_MAX)
  @IsEmailAddress()
  admin_email?: string;
}

export class UpdateOrganizationDto {
  @ValidateIf(present)
  @IsImmutable()
  name?: never;

  @ApiPropertyOptional({ minLength: 1, maxLength: DISPLAY_NAME_MAX })
  @ValidateIf(present)
  @IsStorableText()
  @Length(1, DISPLAY_NAME_MAX)
  @IsString()
  display_name?: string;

  @ApiPropertyOptional({ enum: ORGANIZATION_STATES })
  @ValidateIf(present)
  @IsIn(ORGANIZATION_STATES)
  state?: 'active' | 'suspended';

  @ApiPropertyOptional({
    type: String,
    maxLength: REASON_MAX,
    nullable: true,
    description: 'What members of a suspended organization are told.',
  })
  @IsOptional()
  @IsStorableText()
  @MaxLength(REASON_MAX)
  @IsString()
  suspended_reason?: string | null;

  @ApiPropertyOptional({
    ...RATE_LIMITS,
    nullable: true,
    description: "By class: read, search, write, auth, export. Merged; null is the platform's again.",
  })
  @AsSent()
  @Allow()
  rate_limits?: unknown;

  @ApiPropertyOptional({
    ...QUOTAS,
    nullable: true,
    description: "By kind: registries, servers, versions, tokens, teams. Merged; null is the platform's again.",
  })
  @AsSent()
  @Allow()
  quotas?: unknown;
}

export class OperatedOrganizationDto extends OrganizationDto {
  @ApiProperty({ type: String, nullable: true })
  suspended_reason!: string | null;

  @ApiProperty({ ...RATE_LIMITS, description: "What it has instead of the platform's." })
  rate_limits!: object;

  @ApiProperty({ ...QUOTAS, description: "What it has instead of the platform's." })
  quotas!: object;
}

export class NewOrganizationDto extends OperatedOrganizationDto {
  @ApiProperty({ description: 'Access token of the first administrator, good for a year; in this answer only.' })
  admin_token!: string;
}

export class OrganizationListDto {
  @ApiProperty({ type: [OperatedOrganizationDto] })
  data!: OperatedOrganizationDto[];

  @ApiProperty()
  meta!: PageMetaDto;
}
