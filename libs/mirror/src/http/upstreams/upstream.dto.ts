import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { AsSent, IsImmutable, IsStorableText, PageMetaDto, present } from '@portolan/access/http';
import { MACHINE_NAME, MACHINE_NAME_LENGTH_MAX } from '@portolan/kernel';
import { IsBoolean, IsObject, IsString, Length, Matches, MaxLength, ValidateIf } from 'class-validator';
import { CHECK_NAMES, CHECK_STATUSES, type CheckName } from '../../upstreams/connection-checks';

const DISPLAY_NAME_MAX = 120;
const URL_MAX = 2_000;

const NAME_SCHEMA = {
  minLength: 1,
  maxLength: MACHINE_NAME_LENGTH_MAX,
  pattern: MACHINE_NAME.source,
  example: 'partner',
  description: 'Never changes.',
};
const DISPLAY_NAME_SCHEMA = { minLength: 1, maxLength: DISPLAY_NAME_MAX, example: 'Registry of our partner' };
const URL_SCHEMA = {
  format: 'uri',
  maxLength: URL_MAX,
  example: 'https://registry.example.com',
  description:
    'Below it the upstream has `/v0.1/servers`; that, and a slash at the end, may be given along and is taken off. ' +
    'Whoever may see upstreams sees it: a secret belongs into headers, not into the URL.',
};
const HEADERS_SCHEMA = {
  type: 'object',
  additionalProperties: { type: 'string' },
  nullable: true,
  writeOnly: true,
  example: { authorization: 'Bearer 0123456789' },
} as const;
const HEADERS_DESCRIPTION =
  'Sent with each request to the upstream, at most 20, with values of up to 4,000 printable ASCII characters. ' +
  'Never come back. What is read with them is kept for this organization alone.';
const VERIFY_TLS_DESCRIPTION = 'False takes any certificate, also one that somebody in between has made.';

const given = (_: unknown, value: unknown) => value !== undefined && value !== null;

export class CreateUpstreamDto {
  @ApiProperty(NAME_SCHEMA)
  @Length(1, MACHINE_NAME_LENGTH_MAX)
  @Matches(MACHINE_NAME)
  @IsString()
  name!: string;

  @ApiPropertyOptional({ ...DISPLAY_NAME_SCHEMA, description: 'Defaults to the name.' })
  @ValidateIf(present)
  @IsStorableText()
  @Length(1, DISPLAY_NAME_MAX)
  @IsString()
  display_name?: string;

  @ApiProperty(URL_SCHEMA)
  @MaxLength(URL_MAX)
  @IsString()
  url!: string;

  @ApiPropertyOptional({ ...HEADERS_SCHEMA, description: HEADERS_DESCRIPTION })
  @AsSent()
  @ValidateIf(given)
  @IsObject()
  headers?: Record<string, unknown> | null;

  @ApiPropertyOptional({ default: true, description: VERIFY_TLS_DESCRIPTION })
  @ValidateIf(present)
  @IsBoolean()
  verify_tls?: boolean;

  @ApiPropertyOptional({ default: true, description: 'False: no mirror reads it.' })
  @ValidateIf(present)
  @IsBoolean()
  enabled?: boolean;
}

export class UpdateUpstreamDto {
  @ValidateIf(present)
  @IsImmutable()
  name?: never;

  @ApiPropertyOptional(DISPLAY_NAME_SCHEMA)
  @ValidateIf(present)
  @IsStorableText()
  @Length(1, DISPLAY_NAME_MAX)
  @IsString()
  display_name?: string;

  @ApiPropertyOptional({
    ...URL_SCHEMA,
    description: `${URL_SCHEMA.description} Another one needs the headers along with it.`,
  })
  @ValidateIf(present)
  @MaxLength(URL_MAX)
  @IsString()
  url?: string;

  @ApiPropertyOptional({
    ...HEADERS_SCHEMA,
    description: `${HEADERS_DESCRIPTION} They replace those before; null takes them away; absent leaves them.`,
  })
  @AsSent()
  @ValidateIf(given)
  @IsObject()
  headers?: Record<string, unknown> | null;

  @ApiPropertyOptional({ description: `${VERIFY_TLS_DESCRIPTION} Turning it off needs the headers along with it.` })
  @ValidateIf(present)
  @IsBoolean()
  verify_tls?: boolean;

  @ApiPropertyOptional({ description: 'False: no mirror reads it; what mirrors have read stays.' })
  @ValidateIf(present)
  @IsBoolean()
  enabled?: boolean;
}

export class UpstreamDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty(NAME_SCHEMA)
  name!: string;

  @ApiProperty(DISPLAY_NAME_SCHEMA)
  display_name!: string;

  @ApiProperty({ format: 'uri', description: 'Below it the upstream has `/v0.1/servers`.' })
  url!: string;

  @ApiProperty({ type: [String], example: ['authorization'], description: 'In lowercase, sorted; without values.' })
  header_names!: string[];

  @ApiProperty({ description: VERIFY_TLS_DESCRIPTION })
  verify_tls!: boolean;

  @ApiProperty({ description: 'False: no mirror reads it.' })
  enabled!: boolean;

  @ApiProperty({ description: 'Every organization has it; it can be enabled and disabled only.' })
  built_in!: boolean;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ format: 'date-time' })
  updated_at!: string;
}

export class UpstreamListDto {
  @ApiProperty({ type: [UpstreamDto] })
  data!: UpstreamDto[];

  @ApiProperty()
  meta!: PageMetaDto;
}

export class ConnectionCheckDto {
  @ApiProperty({ enum: CHECK_NAMES })
  name!: CheckName;

  @ApiProperty({
    enum: CHECK_STATUSES,
    description: 'Skipped: it has nothing to look at, or an earlier one that it needs has failed.',
  })
  status!: string;

  @ApiProperty({ type: String, nullable: true, description: 'What came of it, in words of the platform.' })
  seen!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'What to do; null unless it failed.' })
  advice!: string | null;
}

export class ConnectionReportDto {
  @ApiProperty({
    description:
      'Whether the upstream can be mirrored. It can without `updated_since`, `version_read` and `latency`: those may ' +
      'fail, and this be true.',
  })
  ok!: boolean;

  @ApiProperty({ type: [ConnectionCheckDto] })
  checks!: ConnectionCheckDto[];
}
