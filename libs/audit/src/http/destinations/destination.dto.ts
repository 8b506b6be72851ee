import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsStorableText, PageMetaDto, present } from '@portolan/access/http';
import { IsBoolean, IsIn, IsString, Length, Matches, MaxLength, ValidateIf } from 'class-validator';
import { DESTINATION_FORMATS, type DestinationFormat } from '../../destinations/destination-row';

const NAME_MAX = 120;
const ENDPOINT_MAX = 2_000;
const AUTHORIZATION_MAX = 2_000;
// What a URL is written with, from its scheme to its query.
const ENDPOINT = /^https?:\/\/[\x21-\x22\x24-\x5b\x5d-\x7e]+$/i;
// The value of a header.
const AUTHORIZATION = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;

const NAME_SCHEMA = { minLength: 1, maxLength: NAME_MAX, example: 'SIEM' };
const ENDPOINT_SCHEMA = {
  format: 'uri',
  maxLength: ENDPOINT_MAX,
  example: 'https://siem.example.com/ingest',
  description:
    'Takes batches by POST. Whoever may read the trail sees it: a secret belongs into authorization, not into the URL.',
};
const AUTHORIZATION_SCHEMA = {
  type: String,
  nullable: true,
  minLength: 1,
  maxLength: AUTHORIZATION_MAX,
  format: 'password',
  writeOnly: true,
  example: 'Bearer 0123456789',
} as const;
const FORMAT_SCHEMA = { enum: DESTINATION_FORMATS, description: 'Of entries; a batch has one in each line.' };

const given = (_: unknown, value: unknown) => value !== undefined && value !== null;

export class CreateDestinationDto {
  @ApiProperty(NAME_SCHEMA)
  @IsStorableText()
  @Length(1, NAME_MAX)
  @IsString()
  name!: string;

  @ApiProperty(ENDPOINT_SCHEMA)
  @Matches(ENDPOINT, { message: 'endpoint must be an http or https URL without fragment' })
  @MaxLength(ENDPOINT_MAX)
  @IsString()
  endpoint!: string;

  @ApiPropertyOptional({ ...AUTHORIZATION_SCHEMA, description: 'Sent as the Authorization header. Never comes back.' })
  @ValidateIf(given)
  @Matches(AUTHORIZATION, { message: 'authorization must be printable ASCII without spaces at its ends' })
  @Length(1, AUTHORIZATION_MAX)
  @IsString()
  authorization?: string | null;

  @ApiPropertyOptional({ ...FORMAT_SCHEMA, default: 'json' })
  @ValidateIf(present)
  @IsIn(DESTINATION_FORMATS)
  format?: DestinationFormat;

  @ApiPropertyOptional({ default: true, description: 'False: paused from the beginning.' })
  @ValidateIf(present)
  @IsBoolean()
  enabled?: boolean;
}

export class UpdateDestinationDto {
  @ApiPropertyOptional(NAME_SCHEMA)
  @ValidateIf(present)
  @IsStorableText()
  @Length(1, NAME_MAX)
  @IsString()
  name?: string;

  @ApiPropertyOptional({
    ...ENDPOINT_SCHEMA,
    description: `${ENDPOINT_SCHEMA.description} Another one needs the authorization along with it.`,
  })
  @ValidateIf(present)
  @Matches(ENDPOINT, { message: 'endpoint must be an http or https URL without fragment' })
  @MaxLength(ENDPOINT_MAX)
  @IsString()
  endpoint?: string;

  @ApiPropertyOptional({ ...AUTHORIZATION_SCHEMA, description: 'Null takes it away; absent leaves it as it is.' })
  @ValidateIf(given)
  @Matches(AUTHORIZATION, { message: 'authorization must be printable ASCII without spaces at its ends' })
  @Length(1, AUTHORIZATION_MAX)
  @IsString()
  authorization?: string | null;

  @ApiPropertyOptional(FORMAT_SCHEMA)
  @ValidateIf(present)
  @IsIn(DESTINATION_FORMATS)
  format?: DestinationFormat;

  @ApiPropertyOptional({ description: 'False pauses; true resumes where it stopped.' })
  @ValidateIf(present)
  @IsBoolean()
  enabled?: boolean;
}

export class DestinationDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty(NAME_SCHEMA)
  name!: string;

  @ApiProperty(ENDPOINT_SCHEMA)
  endpoint!: string;

  @ApiProperty({ description: 'Whether an Authorization header is sent.' })
  authorization_set!: boolean;

  @ApiProperty(FORMAT_SCHEMA)
  format!: DestinationFormat;

  @ApiProperty({ description: 'False while it is paused.' })
  enabled!: boolean;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ format: 'date-time' })
  updated_at!: string;
}

export class DestinationListDto {
  @ApiProperty({ type: [DestinationDto] })
  data!: DestinationDto[];

  @ApiProperty()
  meta!: PageMetaDto;
}

const TIME = { type: String, nullable: true, format: 'date-time' } as const;
const CODE = { type: 'integer', nullable: true, description: 'HTTP status; null when there was no answer.' } as const;
const MESSAGE = { type: String, nullable: true, description: 'What became of it, in words of the platform.' } as const;

export class DestinationStatusDto {
  @ApiProperty({
    enum: ['active', 'inactive', 'paused', 'unconfigured'],
    description: 'Inactive: the last attempt failed. Unconfigured: the operator has not set SECRETS_KEY.',
  })
  status!: string;

  @ApiProperty(TIME)
  last_attempt_at!: string | null;

  @ApiProperty(TIME)
  last_success_at!: string | null;

  @ApiProperty(CODE)
  last_response_code!: number | null;

  @ApiProperty(MESSAGE)
  last_response_message!: string | null;

  @ApiProperty({ ...TIME, description: 'The first of the attempts that have failed since the last success.' })
  failing_since!: string | null;

  @ApiProperty({ type: 'integer', description: 'Failed since the last success.' })
  attempts!: number;

  @ApiProperty({ ...TIME, description: 'Null when nothing is to be sent.' })
  next_attempt_at!: string | null;

  @ApiProperty({ type: 'integer', description: 'Number of the last row that was delivered.' })
  delivered_sequence!: number;

  @ApiProperty({ type: 'integer', description: 'Number of the last row of the chain.' })
  last_sequence!: number;

  @ApiProperty({ type: 'integer', description: 'Rows that were purged before they could be delivered.' })
  missed!: number;
}

export class DestinationTestDto {
  @ApiProperty({ description: 'Whether the destination took the entry.' })
  ok!: boolean;

  @ApiProperty(CODE)
  response_code!: number | null;

  @ApiProperty({ description: MESSAGE.description })
  message!: string;
}
