import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length, MaxLength, ValidateIf } from 'class-validator';
import { PageMetaDto } from '../list.dto';
import { AsSent } from '../validators/as-sent.decorator';
import { IsImmutable } from '../validators/is-immutable.decorator';
import { IsLabels } from '../validators/is-labels.decorator';
import { IsStorableText } from '../validators/is-storable-text.decorator';
import { present } from '../validators/present';

const NAME_MAX = 250;
const DESCRIPTION_MAX = 250;
const LABELS = { type: 'object', additionalProperties: { type: 'string' }, example: { env: 'test' } } as const;

export class CreateTeamDto {
  @ApiProperty({ minLength: 1, maxLength: NAME_MAX, example: 'Payments', description: 'Names may repeat.' })
  @IsStorableText()
  @Length(1, NAME_MAX)
  @IsString()
  name!: string;

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
}

export class UpdateTeamDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: NAME_MAX })
  @ValidateIf(present)
  @IsStorableText()
  @Length(1, NAME_MAX)
  @IsString()
  name?: string;

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

  @ValidateIf(present)
  @IsImmutable()
  system_team?: never;
}

export class TeamDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty({ type: String, nullable: true })
  description!: string | null;

  @ApiProperty(LABELS)
  labels!: Record<string, string>;

  @ApiProperty({ description: 'True for the predefined teams, which nobody can change.' })
  system_team!: boolean;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ format: 'date-time' })
  updated_at!: string;
}

export class TeamListDto {
  @ApiProperty({ type: [TeamDto] })
  data!: TeamDto[];

  @ApiProperty()
  meta!: PageMetaDto;
}
