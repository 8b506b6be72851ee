import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { PageMetaDto, present } from '@portolan/access/http';
import { IsBoolean, IsIn, ValidateIf } from 'class-validator';
import { RUN_MODES, RUN_STATES, RUN_TRIGGERS, type RunMode } from '../../runs/run-row';

const TIME = { type: String, format: 'date-time', nullable: true } as const;
const INTEGER = { type: 'integer' } as const;
const MODE = {
  enum: RUN_MODES,
  description: 'Incremental: what has changed since the last run. Full: everything is read and compared.',
} as const;

export class CreateRunDto {
  @ApiPropertyOptional({ ...MODE, default: 'incremental' })
  @ValidateIf(present)
  @IsIn(RUN_MODES)
  mode?: RunMode;

  @ApiPropertyOptional({ default: false, description: 'On: it tells what it would do, and does nothing.' })
  @ValidateIf(present)
  @IsBoolean()
  dry_run?: boolean;
}

class RunCountsDto {
  @ApiProperty({ ...INTEGER, description: 'Versions that the upstream has sent.' })
  fetched!: number;

  @ApiProperty(INTEGER)
  new!: number;

  @ApiProperty(INTEGER)
  changed!: number;

  @ApiProperty(INTEGER)
  unchanged!: number;

  @ApiProperty({ ...INTEGER, description: 'Marked as deleted: the upstream deleted them, or lists them no more.' })
  tombstoned!: number;

  @ApiProperty({ ...INTEGER, description: 'Taken away: the mirror or the organization takes them no more.' })
  removed!: number;

  @ApiProperty({ ...INTEGER, description: 'Not taken: they are not what a registry may hold.' })
  quarantined!: number;

  @ApiProperty({ ...INTEGER, description: 'Not taken: the mirror or the organization does not want them.' })
  filtered!: number;

  @ApiProperty({ ...INTEGER, description: 'Not taken: their name belongs to somebody else here.' })
  conflicts!: number;
}

class RunReasonDto {
  @ApiProperty({ description: 'A word for programs.' })
  guard!: string;

  @ApiProperty({ description: 'A sentence for people.' })
  detail!: string;
}

class RunErrorDto {
  @ApiProperty({ example: 'unreachable' })
  code!: string;

  @ApiProperty({ type: String, nullable: true, description: 'In words of the platform.' })
  detail!: string | null;
}

export class RunDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ format: 'uuid' })
  mirror_id!: string;

  @ApiProperty(MODE)
  mode!: string;

  @ApiProperty({
    enum: RUN_MODES,
    nullable: true,
    description: 'What it came to be: full, too, where a difference would not tell enough. Null before that is known.',
  })
  applied_mode!: string | null;

  @ApiProperty({ description: 'It tells what it would do, and does nothing.' })
  dry_run!: boolean;

  @ApiProperty({
    enum: RUN_TRIGGERS,
    description: 'Upstream: something new was found there. Policy: what may be taken has changed.',
  })
  trigger!: string;

  @ApiProperty({
    enum: RUN_STATES,
    description: 'Held: what the upstream did looks wrong, and somebody has to release or to refuse it.',
  })
  state!: string;

  @ApiProperty({ type: String, enum: ['reading', 'applying'], nullable: true })
  phase!: string | null;

  @ApiProperty({ format: 'date-time' })
  requested_at!: string;

  @ApiProperty(TIME)
  started_at!: string | null;

  @ApiProperty(TIME)
  finished_at!: string | null;

  @ApiProperty({ ...TIME, description: 'Null unless it waits.' })
  due_at!: string | null;

  @ApiProperty({ ...INTEGER, description: 'How often it was tried before, when the upstream failed.' })
  attempts!: number;

  @ApiProperty({
    description:
      'What became of the versions that it looked at: of all in a full run; in an incremental one of those that have ' +
      'changed and, where their server has more, of its latest version or of all.',
  })
  counts!: RunCountsDto;

  @ApiProperty({ ...INTEGER, description: 'Pages that the upstream has sent.' })
  pages!: number;

  @ApiProperty({ ...INTEGER, description: 'Bytes of those pages.' })
  bytes!: number;

  @ApiProperty({
    ...INTEGER,
    nullable: true,
    description: "HTTP status of the upstream's last answer; null when there was none.",
  })
  upstream_status!: number | null;

  @ApiProperty({ ...INTEGER, description: 'Time that reading the upstream took.' })
  reading_ms!: number;

  @ApiProperty({ ...INTEGER, description: 'Time that applying it to the registry took.' })
  applying_ms!: number;

  @ApiProperty({ type: [RunReasonDto], description: 'Why it is or was held.' })
  reasons!: RunReasonDto[];

  @ApiProperty({ description: 'There were more items than are kept; the counts are complete.' })
  items_truncated!: boolean;

  @ApiProperty({ type: RunErrorDto, nullable: true })
  error!: RunErrorDto | null;

  @ApiProperty({ description: 'Somebody has cancelled it, and the worker may not have heard of it yet.' })
  cancel_requested!: boolean;

  @ApiProperty({ description: 'It was held, and somebody has released it.' })
  released!: boolean;
}

export class RunListDto {
  @ApiProperty({ type: [RunDto] })
  data!: RunDto[];

  @ApiProperty()
  meta!: PageMetaDto;
}
