import { ApiProperty } from '@nestjs/swagger';
import { PageMetaDto } from '../list.dto';

const METHODS = ['password', 'oidc'] as const;

class SessionBaseDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ enum: METHODS, description: 'How its user signed in.' })
  method!: 'password' | 'oidc';

  @ApiProperty({ type: String, nullable: true, example: '192.0.2.1', description: 'From where its user signed in.' })
  address!: string | null;

  @ApiProperty({ type: String, nullable: true })
  user_agent!: string | null;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ format: 'date-time', description: 'To the minute.' })
  last_seen_at!: string;

  @ApiProperty({ format: 'date-time', description: 'At the latest; an hour without a request ends a session, too.' })
  expires_at!: string;
}

export class OwnSessionDto extends SessionBaseDto {
  @ApiProperty({ description: 'For the header X-CSRF-Token of every request of the session that changes something.' })
  csrf_token!: string;
}

export class SessionDto extends SessionBaseDto {
  @ApiProperty({ description: 'True for the session by which the caller asks.' })
  current!: boolean;
}

export class SessionListDto {
  @ApiProperty({ type: [SessionDto] })
  data!: SessionDto[];

  @ApiProperty()
  meta!: PageMetaDto;
}
