import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsString, IsUUID, Length, Matches, MaxLength, ValidateIf } from 'class-validator';
import { INVITE_STATES } from '../../users/invite-row';
import { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from '../../users/passwords';
import { PageMetaDto } from '../list.dto';
import { IsEmailAddress } from '../validators/is-email-address.decorator';
import { IsStorableText } from '../validators/is-storable-text.decorator';
import { present } from '../validators/present';
import { SINGLE_LINE } from '../validators/single-line';
import { ApiNewPassword, FULL_NAME_MAX } from './user.dto';

const EMAIL_MAX = 254;
const TEAMS_MAX = 20;

export class CreateInviteDto {
  @ApiProperty({ format: 'email', maxLength: EMAIL_MAX, example: 'ada.lovelace@example.com' })
  @IsEmailAddress()
  @MaxLength(EMAIL_MAX)
  @IsString()
  email!: string;

  @ApiPropertyOptional({ minLength: 1, maxLength: FULL_NAME_MAX, description: 'Defaults to the email address.' })
  @ValidateIf(present)
  @IsStorableText()
  @Matches(SINGLE_LINE)
  @Length(1, FULL_NAME_MAX)
  @IsString()
  full_name?: string;

  @ApiPropertyOptional({
    type: [String],
    format: 'uuid',
    maxItems: TEAMS_MAX,
    description: 'Teams that the user is put into at once.',
  })
  @ValidateIf(present)
  @IsUUID('all', { each: true })
  @ArrayMaxSize(TEAMS_MAX)
  @IsArray()
  team_ids?: string[];
}

export class AcceptInviteDto {
  @ApiProperty({ writeOnly: true, description: 'What follows `#token=` in the link.', example: 'ptl_inv_...' })
  @IsString()
  token!: string;

  @ApiPropertyOptional({ minLength: 1, maxLength: FULL_NAME_MAX, description: 'Defaults to what the inviter wrote.' })
  @ValidateIf(present)
  @IsStorableText()
  @Matches(SINGLE_LINE)
  @Length(1, FULL_NAME_MAX)
  @IsString()
  full_name?: string;

  @ApiNewPassword()
  @Length(PASSWORD_LENGTH_MIN, PASSWORD_LENGTH_MAX)
  @IsString()
  password!: string;
}

export class InviteDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ format: 'uuid', description: 'The user, who is there from the first invite on.' })
  user_id!: string;

  @ApiProperty({ format: 'email' })
  email!: string;

  @ApiProperty({ enum: INVITE_STATES })
  state!: string;

  @ApiProperty({ format: 'date-time' })
  expires_at!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  accepted_at!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  revoked_at!: string | null;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;
}

export class NewInviteDto extends InviteDto {
  @ApiPropertyOptional({
    format: 'uri',
    description: 'The link, for the inviter to hand over; in this answer only, and absent when it went by mail.',
    example: 'https://mcp.example.com/join#token=ptl_inv_...',
  })
  invite_url?: string;
}

export class InviteListDto {
  @ApiProperty({ type: [InviteDto] })
  data!: InviteDto[];

  @ApiProperty()
  meta!: PageMetaDto;
}
