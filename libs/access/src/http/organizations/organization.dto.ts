import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { MACHINE_NAME, MACHINE_NAME_LENGTH_MAX } from '@portolan/kernel';
import { IsString, Length, Matches, ValidateIf } from 'class-validator';
import { IsImmutable } from '../validators/is-immutable.decorator';
import { IsStorableText } from '../validators/is-storable-text.decorator';
import { present } from '../validators/present';

export const DISPLAY_NAME_MAX = 120;
export const ORGANIZATION_STATES = ['active', 'suspended'] as const;

export class UpdateOwnOrganizationDto {
  @ValidateIf(present)
  @IsImmutable()
  name?: never;

  @ApiPropertyOptional({ minLength: 1, maxLength: DISPLAY_NAME_MAX })
  @ValidateIf(present)
  @IsStorableText()
  @Length(1, DISPLAY_NAME_MAX)
  @IsString()
  display_name?: string;

  @ApiPropertyOptional({
    minLength: 1,
    maxLength: MACHINE_NAME_LENGTH_MAX,
    pattern: MACHINE_NAME.source,
    description: 'Where its members sign in; unique on the platform.',
  })
  @ValidateIf(present)
  @Length(1, MACHINE_NAME_LENGTH_MAX)
  @Matches(MACHINE_NAME)
  @IsString()
  login_path?: string;
}

export class OrganizationDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'demo' })
  name!: string;

  @ApiProperty()
  display_name!: string;

  @ApiProperty({ example: 'demo' })
  login_path!: string;

  @ApiProperty({ enum: ORGANIZATION_STATES })
  state!: 'active' | 'suspended';

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ format: 'date-time' })
  updated_at!: string;
}
