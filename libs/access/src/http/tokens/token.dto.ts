import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsString, Length, Matches, Max, Min, ValidateIf } from 'class-validator';
import { TOKEN_STATES } from '../../tokens/token-row';
import { PageMetaDto } from '../list.dto';
import { IsDateTime } from '../validators/is-date-time.decorator';
import { present } from '../validators/present';

const NAME_MAX = 256;
const NAME = /^[\p{L}\p{N}](?:[\p{L}\p{N} _\-.']*[\p{L}\p{N}])?$/u;
const TTL_SECONDS_MIN = 86_400;
const TTL_SECONDS_MAX = 31_536_000;
const OVERLAP_SECONDS_MAX = 86_400;
const NAME_PROPERTY = {
  minLength: 1,
  maxLength: NAME_MAX,
  pattern: NAME.source,
  example: 'CI pipeline',
  description: 'Unique among the live tokens of its owner; the old token of a rotation does not count.',
} as const;

export class CreateTokenDto {
  @ApiProperty(NAME_PROPERTY)
  @Length(1, NAME_MAX)
  @Matches(NAME)
  @IsString()
  name!: string;

  @ApiPropertyOptional({
    format: 'date-time',
    description: "At most the organization's maximum ahead. Excludes ttl_seconds.",
  })
  @ValidateIf(present)
  @IsDateTime()
  expires_at?: string;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: TTL_SECONDS_MIN,
    maximum: TTL_SECONDS_MAX,
    description:
      "At most the organization's maximum. Without it and expires_at 90 days, or the maximum if that is less.",
  })
  @ValidateIf(present)
  @Max(TTL_SECONDS_MAX)
  @Min(TTL_SECONDS_MIN)
  @IsInt()
  ttl_seconds?: number;
}

export class UpdateTokenDto {
  @ApiPropertyOptional(NAME_PROPERTY)
  @ValidateIf(present)
  @Length(1, NAME_MAX)
  @Matches(NAME)
  @IsString()
  name?: string;
}

export class RotateTokenDto {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    maximum: OVERLAP_SECONDS_MAX,
    default: 0,
    description: 'How long the old token goes on, at most until it expires anyway; 0 revokes it at once.',
  })
  @ValidateIf(present)
  @Max(OVERLAP_SECONDS_MAX)
  @Min(0)
  @IsInt()
  overlap_seconds?: number;
}

export class TokenDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty({ enum: TOKEN_STATES })
  state!: string;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ format: 'date-time' })
  expires_at!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Exact to the minute.' })
  last_used_at!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  revoked_at!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'When its successor was made.' })
  rotated_at!: string | null;
}

export class NewTokenDto extends TokenDto {
  @ApiProperty({ description: 'The token itself, in this answer only.' })
  token!: string;
}

export class TokenListDto {
  @ApiProperty({ type: [TokenDto] })
  data!: TokenDto[];

  @ApiProperty()
  meta!: PageMetaDto;
}

class PersonalTokenDto extends TokenDto {
  @ApiProperty({ format: 'uuid' })
  user_id!: string;
}

export class PersonalTokenListDto {
  @ApiProperty({ type: [PersonalTokenDto] })
  data!: PersonalTokenDto[];

  @ApiProperty()
  meta!: PageMetaDto;
}
