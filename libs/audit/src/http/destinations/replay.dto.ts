import { ApiProperty } from '@nestjs/swagger';
import { IsDateTime, PageMetaDto } from '@portolan/access/http';

const TIME = { type: String, nullable: true, format: 'date-time' } as const;
const NUMBER = { type: 'integer', nullable: true } as const;

export class CreateReplayDto {
  @ApiProperty({ format: 'date-time', description: 'Rows of this time on.' })
  @IsDateTime()
  start_at!: string;

  @ApiProperty({ format: 'date-time', description: 'Rows before this time.' })
  @IsDateTime()
  end_at!: string;
}

export class ReplayDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({
    enum: ['running', 'failing', 'paused', 'completed'],
    description: 'Failing: the last attempt failed, and another one follows until it succeeds.',
  })
  state!: string;

  @ApiProperty({ format: 'date-time' })
  start_at!: string;

  @ApiProperty({ format: 'date-time' })
  end_at!: string;

  @ApiProperty({ ...NUMBER, description: 'Of the first row of the time; null when there is none.' })
  first_sequence!: number | null;

  @ApiProperty({ ...NUMBER, description: 'Of the last row of the time; null when there is none.' })
  last_sequence!: number | null;

  @ApiProperty({ ...NUMBER, description: 'Of the last row that was delivered; null before the first.' })
  delivered_sequence!: number | null;

  @ApiProperty({ type: 'integer', description: 'Entries, checkpoints included.' })
  delivered!: number;

  @ApiProperty({ type: 'integer', description: 'Rows that were purged before they could be delivered.' })
  missed!: number;

  @ApiProperty({ type: 'integer', description: 'Failed since the last success.' })
  attempts!: number;

  @ApiProperty(TIME)
  last_attempt_at!: string | null;

  @ApiProperty({ ...NUMBER, description: 'HTTP status; null when there was no answer.' })
  last_response_code!: number | null;

  @ApiProperty({ type: String, nullable: true, description: 'What became of it, in words of the platform.' })
  last_response_message!: string | null;

  @ApiProperty({ ...TIME, description: 'Null when nothing is to be sent.' })
  next_attempt_at!: string | null;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty(TIME)
  ended_at!: string | null;
}

export class ReplayListDto {
  @ApiProperty({ type: [ReplayDto] })
  data!: ReplayDto[];

  @ApiProperty()
  meta!: PageMetaDto;
}
