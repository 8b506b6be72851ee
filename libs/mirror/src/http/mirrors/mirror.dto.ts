import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsImmutable, PageMetaDto, present } from '@portolan/access/http';
import { Allow, IsBoolean, IsIn, IsInt, IsString, Max, Min, ValidateIf } from 'class-validator';
import {
  ON_CONFLICT,
  POSITION_MAX,
  STATUSES,
  TRANSPORTS,
  type MirroredStatus,
  type OnConflict,
  type Transport,
} from '../../mirrors/mirror-row';
import { SCHEDULE_MAX } from '../../mirrors/schedule';
import { RUN_STATES } from '../../runs/run-row';

export const PATTERNS_MAX = 200;
export const PATTERN_LENGTH_MAX = 200;
export const REGISTRY_TYPES_MAX = 50;
export const SCHEDULE_DEFAULT = '1h';
export const MAX_REMOVED_PERCENT_DEFAULT = 10;
const PERCENT_MAX = 100;

const SCHEDULE = {
  maxLength: SCHEDULE_MAX,
  example: SCHEDULE_DEFAULT,
  description:
    'How often the upstream is looked at: an interval from 5m to 30d in minutes (m), hours (h) or days (d), or a cron ' +
    'expression of five fields in UTC with at least five minutes between any two times. Runs begin up to five minutes ' +
    'later, and never more than a tenth of the interval.',
};
const TEXTS: [typeof String] = [String];
const PATTERNS = { type: TEXTS, maxItems: PATTERNS_MAX };
const INCLUDE = {
  ...PATTERNS,
  example: ['com.example/*'],
  description: 'Names of servers that are taken, with * for any characters and ? for one. None: all.',
};
const EXCLUDE = {
  ...PATTERNS,
  example: ['*/test-*'],
  description: 'Names of servers that are not taken, whatever include says.',
};
const REGISTRY_TYPES = {
  type: TEXTS,
  maxItems: REGISTRY_TYPES_MAX,
  example: ['npm', 'oci'],
  description: 'Versions with a package of one of these types are taken: npm, pypi, oci, nuget, mcpb. None: all.',
};
const TRANSPORT = {
  enum: TRANSPORTS,
  isArray: true,
  description: 'Versions that can be spoken to by one of these are taken. None: all.',
} as const;
const LATEST_ONLY = { description: 'On: of each server only the latest version is taken.' } as const;
const TAKEN_STATUSES = {
  enum: STATUSES,
  isArray: true,
  minItems: 1,
  description: 'Versions of these statuses are taken.',
} as const;
const MAX_REMOVED_PERCENT = {
  type: 'integer',
  minimum: 0,
  maximum: PERCENT_MAX,
  description:
    'A run is held until somebody releases it when the upstream takes away more than so many of a hundred versions.',
} as const;
const CONFLICT = {
  enum: ON_CONFLICT,
  description:
    'What a run does when the name of a server belongs to somebody else here: leave it to him, or be held until ' +
    'somebody has looked at it.',
} as const;
const ENABLED = {
  description: 'Off: it keeps what it has brought, and no run begins but a dry run that is asked for.',
} as const;
const POSITION = {
  type: 'integer',
  minimum: 1,
  maximum: POSITION_MAX,
  description: 'Where two mirrors of a registry offer the same name, the lower one has it.',
} as const;

export class CreateMirrorDto {
  @ApiProperty({ format: 'uuid', description: 'Takes the permission to see upstreams.' })
  @IsString()
  upstream_id!: string;

  @ApiPropertyOptional({ ...SCHEDULE, default: SCHEDULE_DEFAULT })
  @ValidateIf(present)
  @IsString()
  schedule?: string;

  @ApiPropertyOptional(INCLUDE)
  @Allow()
  include?: unknown;

  @ApiPropertyOptional(EXCLUDE)
  @Allow()
  exclude?: unknown;

  @ApiPropertyOptional(REGISTRY_TYPES)
  @Allow()
  registry_types?: unknown;

  @ApiPropertyOptional(TRANSPORT)
  @Allow()
  transports?: unknown;

  @ApiPropertyOptional({ ...LATEST_ONLY, default: false })
  @ValidateIf(present)
  @IsBoolean()
  latest_only?: boolean;

  @ApiPropertyOptional({ ...TAKEN_STATUSES, default: STATUSES })
  @Allow()
  statuses?: unknown;

  @ApiPropertyOptional({ ...MAX_REMOVED_PERCENT, default: MAX_REMOVED_PERCENT_DEFAULT })
  @ValidateIf(present)
  @Max(PERCENT_MAX)
  @Min(0)
  @IsInt()
  max_removed_percent?: number;

  @ApiPropertyOptional({ ...CONFLICT, default: 'skip' })
  @ValidateIf(present)
  @IsIn(ON_CONFLICT)
  on_conflict?: OnConflict;

  @ApiPropertyOptional({ ...ENABLED, default: true })
  @ValidateIf(present)
  @IsBoolean()
  enabled?: boolean;

  @ApiPropertyOptional({ ...POSITION, description: `${POSITION.description} Defaults to the one after the last.` })
  @ValidateIf(present)
  @Max(POSITION_MAX)
  @Min(1)
  @IsInt()
  position?: number;
}

export class UpdateMirrorDto {
  @IsImmutable()
  upstream_id?: undefined;

  @ApiPropertyOptional(SCHEDULE)
  @ValidateIf(present)
  @IsString()
  schedule?: string;

  @ApiPropertyOptional(INCLUDE)
  @Allow()
  include?: unknown;

  @ApiPropertyOptional(EXCLUDE)
  @Allow()
  exclude?: unknown;

  @ApiPropertyOptional(REGISTRY_TYPES)
  @Allow()
  registry_types?: unknown;

  @ApiPropertyOptional(TRANSPORT)
  @Allow()
  transports?: unknown;

  @ApiPropertyOptional(LATEST_ONLY)
  @ValidateIf(present)
  @IsBoolean()
  latest_only?: boolean;

  @ApiPropertyOptional(TAKEN_STATUSES)
  @Allow()
  statuses?: unknown;

  @ApiPropertyOptional(MAX_REMOVED_PERCENT)
  @ValidateIf(present)
  @Max(PERCENT_MAX)
  @Min(0)
  @IsInt()
  max_removed_percent?: number;

  @ApiPropertyOptional(CONFLICT)
  @ValidateIf(present)
  @IsIn(ON_CONFLICT)
  on_conflict?: OnConflict;

  @ApiPropertyOptional(ENABLED)
  @ValidateIf(present)
  @IsBoolean()
  enabled?: boolean;

  @ApiPropertyOptional(POSITION)
  @ValidateIf(present)
  @Max(POSITION_MAX)
  @Min(1)
  @IsInt()
  position?: number;
}

class LastRunDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ enum: RUN_STATES })
  state!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finished_at!: string | null;
}

export class MirrorDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ format: 'uuid' })
  upstream_id!: string;

  @ApiProperty({ example: 'official' })
  upstream_name!: string;

  @ApiProperty(SCHEDULE)
  schedule!: string;

  @ApiProperty(INCLUDE)
  include!: readonly string[];

  @ApiProperty(EXCLUDE)
  exclude!: readonly string[];

  @ApiProperty(REGISTRY_TYPES)
  registry_types!: readonly string[];

  @ApiProperty(TRANSPORT)
  transports!: readonly Transport[];

  @ApiProperty(LATEST_ONLY)
  latest_only!: boolean;

  @ApiProperty(TAKEN_STATUSES)
  statuses!: readonly MirroredStatus[];

  @ApiProperty(MAX_REMOVED_PERCENT)
  max_removed_percent!: number;

  @ApiProperty(CONFLICT)
  on_conflict!: OnConflict;

  @ApiProperty(ENABLED)
  enabled!: boolean;

  @ApiProperty(POSITION)
  position!: number;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ format: 'date-time' })
  updated_at!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Null while it is disabled.' })
  next_run_at!: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When the upstream was as the registry shows it. Null before the first run.',
  })
  data_as_of!: string | null;

  @ApiProperty({ type: LastRunDto, nullable: true })
  last_run!: LastRunDto | null;
}

export class MirrorListDto {
  @ApiProperty({ type: [MirrorDto] })
  data!: MirrorDto[];

  @ApiProperty()
  meta!: PageMetaDto;
}
