import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { ApiProblem, CurrentCtx, CurrentRegistry, Limited, Requires } from '@portolan/access/http';
import type { Ctx } from '@portolan/kernel';
import type { AuditRow } from '../../rows/audit-row';
import { ListAuditLogs } from '../../rows/list-audit-logs.query';
import { AuditLogListDto } from './audit-log.dto';
import {
  ApiAuditLogFilters,
  ApiAuditLogPage,
  auditLogsRequest,
  limitClassOfRegistryPage,
  pageMeta,
  REGISTRY_AUDIT_LOG_FIELDS,
  type QueryString,
} from './audit-log-params';

@ApiTags('Audit logs')
@Controller(['v0/registries', 'v0/mcp-registries'])
export class RegistryAuditLogsController {
  constructor(private readonly listAuditLogs: ListAuditLogs) {}

  @Get(':registryIdentifier/audit-logs')
  @Requires('registry_audit_log:list')
  @Limited(limitClassOfRegistryPage)
  @ApiOperation({
    operationId: 'list-registry-audit-logs',
    summary: 'What happened in a registry and who was refused there, newest first',
  })
  @ApiParam({ name: 'registryIdentifier', description: 'Id or name of the registry.' })
  @ApiAuditLogPage()
  @ApiAuditLogFilters(REGISTRY_AUDIT_LOG_FIELDS)
  @ApiOkResponse({ type: AuditLogListDto })
  @ApiProblem(400)
  @ApiProblem(404)
  async list(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: { readonly id: string },
    @Query() query: QueryString,
  ): Promise<{ data: readonly AuditRow[]; meta: unknown }> {
    const request = auditLogsRequest(query, REGISTRY_AUDIT_LOG_FIELDS);
    const { rows, next } = await this.listAuditLogs.run(ctx, { ...request, registryId: registry.id });
    const path = `/v0/registries/${registry.id}/audit-logs`;
    return { data: rows, meta: pageMeta(path, query, request.pageSize, next) };
  }
}
