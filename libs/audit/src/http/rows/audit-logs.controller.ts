import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblem, CurrentCtx, Limited, Requires } from '@portolan/access/http';
import type { Ctx } from '@portolan/kernel';
import { AUDIT_LOG_FIELDS } from '../../rows/audit-log-filter';
import type { AuditRow } from '../../rows/audit-row';
import { ListAuditLogs } from '../../rows/list-audit-logs.query';
import { AuditLogListDto } from './audit-log.dto';
import {
  ApiAuditLogFilters,
  ApiAuditLogPage,
  auditLogsRequest,
  limitClassOfPage,
  pageMeta,
  type QueryString,
} from './audit-log-params';

@ApiTags('Audit logs')
@Controller('v0/audit-logs')
export class AuditLogsController {
  constructor(private readonly listAuditLogs: ListAuditLogs) {}

  @Get()
  @Requires('audit_log:list')
  @Limited(limitClassOfPage)
  @ApiOperation({ operationId: 'list-audit-logs', summary: 'What happened and who was refused, newest first' })
  @ApiAuditLogPage()
  @ApiAuditLogFilters(AUDIT_LOG_FIELDS)
  @ApiOkResponse({ type: AuditLogListDto })
  @ApiProblem(400)
  async list(
    @CurrentCtx() ctx: Ctx,
    @Query() query: QueryString,
  ): Promise<{ data: readonly AuditRow[]; meta: unknown }> {
    const request = auditLogsRequest(query, AUDIT_LOG_FIELDS);
    const { rows, next } = await this.listAuditLogs.run(ctx, request);
    return { data: rows, meta: pageMeta('/v0/audit-logs', query, request.pageSize, next) };
  }
}
