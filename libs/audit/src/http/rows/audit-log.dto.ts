import { ApiProperty } from '@nestjs/swagger';
import { AUDIT_LOG_FIELDS } from '../../rows/audit-log-filter';

class AuditPartyDto {
  @ApiProperty({
    enum: ['user', 'system_account', 'jwt_subject', 'capability_url', 'operator', 'anonymous', 'system'],
  })
  type!: string;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  id!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Null where there is none, and where it was erased.' })
  name!: string | null;
}

class AuditParentDto {
  @ApiProperty({ example: 'registry' })
  type!: string;

  @ApiProperty()
  id!: string;
}

class AuditTargetDto {
  @ApiProperty({ type: String, nullable: true, example: 'server_version' })
  type!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'com.example/weather@1.0.0' })
  id!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Null where there is none, and where it was erased.' })
  name!: string | null;

  @ApiProperty({ type: AuditParentDto, nullable: true, description: 'What the target belongs to.' })
  parent!: AuditParentDto | null;
}

export class AuditLogDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ format: 'date-time' })
  occurred_at!: string;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: "Place in the organization's chain, without gaps; null until the row is sealed.",
  })
  sequence!: number | null;

  @ApiProperty({
    type: String,
    nullable: true,
    pattern: '^[0-9a-f]{64}$',
    description: 'SHA-256 of the row in its place in the chain; null until the row is sealed.',
  })
  hash!: string | null;

  @ApiProperty({ enum: AUDIT_LOG_FIELDS.kind.choices })
  kind!: string;

  @ApiProperty({ example: 'server.version.publish' })
  action!: string;

  @ApiProperty({ enum: AUDIT_LOG_FIELDS.result.choices })
  result!: string;

  @ApiProperty({ type: String, nullable: true, description: 'Why an attempt was denied or failed.' })
  reason!: string | null;

  @ApiProperty()
  principal!: AuditPartyDto;

  @ApiProperty({
    type: AuditPartyDto,
    nullable: true,
    description: 'For whom the principal acted, when that is somebody else.',
  })
  on_behalf_of!: AuditPartyDto | null;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'Id of the access token, session or capability URL.',
  })
  credential_id!: string | null;

  @ApiProperty({ description: 'The `X-Request-Id` of the answer.' })
  request_id!: string;

  @ApiProperty({ type: String, nullable: true, description: 'The W3C trace id that the caller sent along.' })
  trace_id!: string | null;

  @ApiProperty({ type: String, nullable: true })
  address!: string | null;

  @ApiProperty({ type: String, nullable: true })
  user_agent!: string | null;

  @ApiProperty()
  target!: AuditTargetDto;

  @ApiProperty({ type: String, format: 'uuid', nullable: true })
  registry_id!: string | null;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'The target before the change.',
  })
  before!: unknown;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    nullable: true,
    description: 'The target after the change.',
  })
  after!: unknown;
}

class CursorPageDto {
  @ApiProperty()
  size!: number;

  @ApiProperty({ type: String, nullable: true, description: 'Path of the next page, with the same filters.' })
  next!: string | null;
}

class CursorMetaDto {
  @ApiProperty()
  page!: CursorPageDto;
}

export class AuditLogListDto {
  @ApiProperty({ type: [AuditLogDto] })
  data!: AuditLogDto[];

  @ApiProperty()
  meta!: CursorMetaDto;
}
