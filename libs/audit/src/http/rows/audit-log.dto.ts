import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

class AuditPrincipalDto {
  @ApiProperty({ enum: ['user', 'system_account', 'anonymous', 'system'] })
  type!: string;

  @ApiProperty({ type: String, nullable: true })
  id!: string | null;

  @ApiProperty()
  name!: string;
}

class AuditTargetDto {
  @ApiProperty({ type: String, nullable: true })
  type!: string | null;

  @ApiProperty({ type: String, nullable: true })
  id!: string | null;

  @ApiProperty({ type: String, nullable: true })
  name!: string | null;
}

export class AuditLogDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ format: 'date-time' })
  occurred_at!: string;

  @ApiProperty({ enum: ['authentication', 'authorization', 'access', 'change'] })
  kind!: string;

  @ApiProperty({ example: 'server.version.publish' })
  action!: string;

  @ApiProperty({ enum: ['success', 'denied'] })
  result!: string;

  @ApiProperty({ type: String, nullable: true })
  reason!: string | null;

  @ApiProperty()
  principal!: AuditPrincipalDto;

  @ApiProperty({ type: String, nullable: true })
  token_id!: string | null;

  @ApiProperty()
  trace_id!: string;

  @ApiProperty({ type: String, nullable: true })
  address!: string | null;

  @ApiProperty({ type: String, nullable: true })
  user_agent!: string | null;

  @ApiProperty()
  target!: AuditTargetDto;

  @ApiProperty({ type: String, nullable: true })
  registry_id!: string | null;

  @ApiPropertyOptional({ description: 'The target before the change.' })
  before?: unknown;

  @ApiPropertyOptional({ description: 'The target after the change.' })
  after?: unknown;
}

class CursorPageDto {
  @ApiProperty()
  size!: number;

  @ApiProperty({ type: String, nullable: true, description: 'Path of the next page.' })
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
