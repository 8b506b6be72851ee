import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { AsSent, IsImmutable, IsLabels, IsStorableText, PageMetaDto, present } from '@portolan/access/http';
import { MACHINE_NAME, MACHINE_NAME_LENGTH_MAX } from '@portolan/kernel';
import { IsIn, IsOptional, IsString, Length, Matches, MaxLength, ValidateIf } from 'class-validator';

const DISPLAY_NAME_MAX = 120;
const DESCRIPTION_MAX = 2_048;
const VISIBILITIES = ['private', 'public'] as const;
const LABELS = { type: 'object', additionalProperties: { type: 'string' }, example: { env: 'test' } } as const;

export class CreateRegistryDto {
  @ApiProperty({
    minLength: 1,
    maxLength: MACHINE_NAME_LENGTH_MAX,
    pattern: MACHINE_NAME.source,
    example: 'internal-mcp-registry',
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

  @ApiPropertyOptional({ type: String, maxLength: DESCRIPTION_MAX, nullable: true })
  @IsOptional()
  @IsStorableText()
  @MaxLength(DESCRIPTION_MAX)
  @IsString()
  description?: string | null;

  @ApiPropertyOptional(LABELS)
  @AsSent()
  @ValidateIf(present)
  @IsLabels({ nullable: false })
  labels?: Record<string, string>;

  @ApiPropertyOptional({ enum: VISIBILITIES, default: 'private' })
  @ValidateIf(present)
  @IsIn(VISIBILITIES)
  visibility?: 'private' | 'public';
}

export class UpdateRegistryDto {
  @ValidateIf(present)
  @IsImmutable()
  name?: never;

  @ApiPropertyOptional({ minLength: 1, maxLength: DISPLAY_NAME_MAX })
  @ValidateIf(present)
  @IsStorableText()
  @Length(1, DISPLAY_NAME_MAX)
  @IsString()
  display_name?: string;

  @ApiPropertyOptional({ type: String, maxLength: DESCRIPTION_MAX, nullable: true })
  @IsOptional()
  @IsStorableText()
  @MaxLength(DESCRIPTION_MAX)
  @IsString()
  description?: string | null;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string', nullable: true },
    nullable: true,
    description: 'Merged; a label with the value null is dropped, null itself drops all.',
  })
  @AsSent()
  @IsOptional()
  @IsLabels({ nullable: true })
  labels?: Record<string, string | null> | null;

  @ApiPropertyOptional({ enum: VISIBILITIES })
  @ValidateIf(present)
  @IsIn(VISIBILITIES)
  visibility?: 'private' | 'public';
}

export class RegistryDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty()
  display_name!: string;

  @ApiProperty({ type: String, nullable: true })
  description!: string | null;

  @ApiProperty(LABELS)
  labels!: Record<string, string>;

  @ApiProperty({ enum: VISIBILITIES })
  visibility!: 'private' | 'public';

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ format: 'date-time' })
  updated_at!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    format: 'date-time',
    description:
      'How old the oldest data are that its enabled mirrors show. Null when it has none, or one that shows nothing yet.',
  })
  mirrored_data_as_of!: string | null;
}

export class RegistryListDto {
  @ApiProperty({ type: [RegistryDto] })
  data!: RegistryDto[];

  @ApiProperty()
  meta!: PageMetaDto;
}
