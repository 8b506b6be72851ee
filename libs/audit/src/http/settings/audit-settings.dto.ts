import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { present } from '@portolan/access/http';
import { IsBoolean, IsInt, Max, Min, ValidateIf } from 'class-validator';
import { RETENTION_DAYS_MAX, RETENTION_DAYS_MIN } from '../../settings/audit-settings';

const PERCENT_MAX = 100;
const RETENTION_DAYS = {
  type: 'integer',
  minimum: RETENTION_DAYS_MIN,
  maximum: RETENTION_DAYS_MAX,
  description: 'How long rows are kept at least. Those that are older go when their month is over by as many days.',
} as const;
const LEGAL_HOLD = { description: 'On: nothing is deleted, however old.' } as const;
const LOG_GRANTS = {
  description: 'On: requests that were allowed are written down like those that were refused.',
} as const;
const ACCESS_SAMPLE_PERCENT = {
  type: 'integer',
  minimum: 0,
  maximum: PERCENT_MAX,
  description: 'How many of a hundred reads of a registry are written down.',
} as const;

export class AuditSettingsDto {
  @ApiProperty({ ...RETENTION_DAYS, example: 400 })
  retention_days!: number;

  @ApiProperty(LEGAL_HOLD)
  legal_hold!: boolean;

  @ApiProperty(LOG_GRANTS)
  log_grants!: boolean;

  @ApiProperty(ACCESS_SAMPLE_PERCENT)
  access_sample_percent!: number;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Null: these are the defaults.' })
  updated_at!: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Less is kept than before. Until then, seven days after that change, nothing is deleted.',
  })
  purge_paused_until!: string | null;
}

export class UpdateAuditSettingsDto {
  @ApiPropertyOptional(RETENTION_DAYS)
  @ValidateIf(present)
  @Max(RETENTION_DAYS_MAX)
  @Min(RETENTION_DAYS_MIN)
  @IsInt()
  retention_days?: number;

  @ApiPropertyOptional(LEGAL_HOLD)
  @ValidateIf(present)
  @IsBoolean()
  legal_hold?: boolean;

  @ApiPropertyOptional(LOG_GRANTS)
  @ValidateIf(present)
  @IsBoolean()
  log_grants?: boolean;

  @ApiPropertyOptional(ACCESS_SAMPLE_PERCENT)
  @ValidateIf(present)
  @Max(PERCENT_MAX)
  @Min(0)
  @IsInt()
  access_sample_percent?: number;
}
