import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional, IsString, Length, Matches, ValidateIf } from 'class-validator';
import { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from '../../users/passwords';
import { PageMetaDto } from '../list.dto';
import { IsImmutable } from '../validators/is-immutable.decorator';
import { IsStorableText } from '../validators/is-storable-text.decorator';
import { present } from '../validators/present';
import { SINGLE_LINE } from '../validators/single-line';

export const FULL_NAME_MAX = 250;

export class UpdateUserMeDto {
  @ValidateIf(present)
  @IsImmutable()
  email?: never;

  @ApiPropertyOptional({ minLength: 1, maxLength: FULL_NAME_MAX, example: 'Ada Lovelace' })
  @ValidateIf(present)
  @IsStorableText()
  @Matches(SINGLE_LINE)
  @Length(1, FULL_NAME_MAX)
  @IsString()
  full_name?: string;

  @ApiPropertyOptional({ type: String, minLength: 1, maxLength: FULL_NAME_MAX, nullable: true, example: 'Ada' })
  @IsOptional()
  @IsStorableText()
  @Matches(SINGLE_LINE)
  @Length(1, FULL_NAME_MAX)
  @IsString()
  preferred_name?: string | null;
}

export class UpdateUserDto extends UpdateUserMeDto {
  @ApiPropertyOptional({
    description:
      'False ends the sessions of the user and refuses his tokens. Nobody is made active who has not joined.',
  })
  @ValidateIf(present)
  @IsBoolean()
  active?: boolean;
}

const NEW_PASSWORD = {
  minLength: PASSWORD_LENGTH_MIN,
  maxLength: PASSWORD_LENGTH_MAX,
  writeOnly: true,
  description: 'Neither the email address nor one character repeated.',
} as const;

/** A password that is being set; requirePassword checks the rest. */
export const ApiNewPassword = () => ApiProperty(NEW_PASSWORD);

export class ChangePasswordDto {
  @ApiProperty({ maxLength: PASSWORD_LENGTH_MAX, writeOnly: true })
  @Length(1, PASSWORD_LENGTH_MAX)
  @IsString()
  current_password!: string;

  @ApiNewPassword()
  @Length(PASSWORD_LENGTH_MIN, PASSWORD_LENGTH_MAX)
  @IsString()
  new_password!: string;
}

export class UserDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ format: 'email' })
  email!: string;

  @ApiProperty()
  full_name!: string;

  @ApiProperty({ type: String, nullable: true })
  preferred_name!: string | null;

  @ApiProperty({ description: 'False for whoever is disabled or has not joined yet.' })
  active!: boolean;

  @ApiProperty({ description: 'True until the user has accepted an invite.' })
  invited!: boolean;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ format: 'date-time' })
  updated_at!: string;
}

export class UserListDto {
  @ApiProperty({ type: [UserDto] })
  data!: UserDto[];

  @ApiProperty()
  meta!: PageMetaDto;
}
