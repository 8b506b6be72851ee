import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { ApiProblem, CurrentCtx, Requires } from '@portolan/access/http';
import { parseInteger, single, unknownParameter, type Ctx } from '@portolan/kernel';
import type { AuditRow } from '../../rows/audit-row';
import { ListAuditLogs } from '../../rows/list-audit-logs.query';
import { AuditLogListDto } from './audit-log.dto';

const PATH = '/v0/audit-logs';
const PAGE_SIZE_DEFAULT = 20;
const PAGE_SIZE_MAX = 1_000;

@ApiTags('Audit logs')
@Controller('v0/audit-logs')
export class AuditLogsController {
  constructor(private readonly listAuditLogs: ListAuditLogs) {}

  @Get()
  @Requires('audit_log:list')
  @ApiOperation({ operationId: 'list-audit-logs', summary: 'What happened and who was refused, newest first' })
  @ApiQuery({
    name: 'page[size]',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: PAGE_SIZE_MAX, default: PAGE_SIZE_DEFAULT },
  })
  @ApiQuery({ name: 'page[after]', required: false, type: String, description: 'Taken from meta.page.next.' })
  @ApiOkResponse({ type: AuditLogListDto })
  @ApiProblem(400)
  async list(
    @CurrentCtx() ctx: Ctx,
    @Query() query: Record<string, unknown>,
  ): Promise<{ data: readonly AuditRow[]; meta: unknown }> {
    let pageSize = PAGE_SIZE_DEFAULT;
    let after: string | null = null;
    for (const [key, raw] of Object.entries(query)) {
      const value = single(key, raw);
      if (key === 'page[size]') pageSize = parseInteger(key, value, PAGE_SIZE_MAX);
      else if (key === 'page[after]') after = value;
      else throw unknownParameter(key);
    }
    const { rows, next } = await this.listAuditLogs.run(ctx, pageSize, after);
    return { data: rows, meta: { page: { size: pageSize, next: next === null ? null : nextPath(pageSize, next) } } };
  }
}

function nextPath(pageSize: number, after: string): string {
  return `${PATH}?page[size]=${pageSize}&page[after]=${after}`;
}
