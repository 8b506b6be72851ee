import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import { IsStorableText } from '../validators/is-storable-text.decorator';

const LOGIN_PATH_MAX = 120;
const EMAIL_MAX = 320;
// Longer than any password may be: hashing must not be made dear by whoever asks.
const PASSWORD_MAX = 1_000;

export class LoginDto {
  @ApiProperty({ minLength: 1, maxLength: LOGIN_PATH_MAX, example: 'demo', description: 'Of the organization.' })
  @IsStorableText()
  @Length(1, LOGIN_PATH_MAX)
  @IsString()
  login_path!: string;

  @ApiProperty({ minLength: 1, maxLength: EMAIL_MAX, format: 'email' })
  @IsStorableText()
  @Length(1, EMAIL_MAX)
  @IsString()
  email!: string;

  @ApiProperty({ minLength: 1, maxLength: PASSWORD_MAX, format: 'password' })
  @IsStorableText()
  @Length(1, PASSWORD_MAX)
  @IsString()
  password!: string;
}

class LoggedInUserDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ format: 'email' })
  email!: string;

  @ApiProperty()
  full_name!: string;
}

class LoggedInOrganizationDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'demo' })
  name!: string;
}

export class LoggedInDto {
  @ApiProperty()
  user!: LoggedInUserDto;

  @ApiProperty()
  organization!: LoggedInOrganizationDto;

  @ApiProperty({ format: 'uuid' })
  session_id!: string;

  @ApiProperty({ description: 'For the header X-CSRF-Token of every request of the session that changes something.' })
  csrf_token!: string;

  @ApiProperty({ format: 'date-time', description: 'At the latest; an hour without a request ends a session, too.' })
  expires_at!: string;
}
