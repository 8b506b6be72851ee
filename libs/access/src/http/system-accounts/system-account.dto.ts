import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional, IsString, Length, Matches, MaxLength, ValidateIf } from 'class-validator';
import { PageMetaDto } from '../list.dto';
import { IsStorableText } from '../validators/is-storable-text.decorator';
import { present } from '../validators/present';
import { SINGLE_LINE } from '../validators/single-line';

const NAME_MAX = 120;
const DESCRIPTION_MAX = 2_048;
const NAME = { minLength: 1, maxLength: NAME_MAX, example: 'Expense agent' } as const;
const DESCRIPTION = { type: String, maxLength: DESCRIPTION_MAX, nullable: true } as const;

export class CreateSystemAccountDto {
  @ApiProperty({ ...NAME, description: 'Unique in the organization.' })
  @IsStorableText()
  @Matches(SINGLE_LINE)
  @Length(1, NAME_MAX)
  @IsString()
  name!: string;

  @ApiPropertyOptional(DESCRIPTION)
  @IsOptional()
  @IsStorableText()
  @MaxLength(DESCRIPTION_MAX)
  @IsString()
  description?: string | null;
}

export class UpdateSystemAccountDto {
  @ApiPropertyOptional(NAME)
  @ValidateIf(present)
  @IsStorableText()
  @Matches(SINGLE_LINE)
  @Length(1, NAME_MAX)
  @IsString()
  name?: string;

  @ApiPropertyOptional(DESCRIPTION)
  @IsOptional()
  @IsStorableText()
  @MaxLength(DESCRIPTION_MAX)
  @IsString()
  description?: string | null;

  @ApiPropertyOptional({ description: 'False refuses the tokens of the account.' })
  @ValidateIf(present)
  @IsBoolean()
  active?: boolean;
}

export class SystemAccountDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty({ type: String, nullable: true })
  description!: string | null;

  @ApiProperty()
  active!: boolean;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ format: 'date-time' })
  updated_at!: string;
}

export class SystemAccountListDto {
  @ApiProperty({ type: [SystemAccountDto] })
  data!: SystemAccountDto[];

  @ApiProperty()
  meta!: PageMetaDto;
}
