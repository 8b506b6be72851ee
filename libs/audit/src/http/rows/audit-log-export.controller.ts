import { Readable } from 'node:stream';
import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { ApiProblem, CurrentCtx, Limited, Requires } from '@portolan/access/http';
import { invalidParameter, parseFilter, single, unknownParameter, type Ctx, type Filter } from '@portolan/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AUDIT_LOG_FIELDS } from '../../rows/audit-log-filter';
import { ExportAuditLogs, type AuditExport } from '../../rows/export-audit-logs.service';
import { ApiAuditLogFilters, type QueryString } from './audit-log-params';
import { EXPORT_FORMATS, EXPORT_TYPES, exportHead, exportLines, type ExportFormat } from './export-format';

const TEXT = { schema: { type: 'string' } };

@ApiTags('Audit logs')
@Controller('v0/audit-logs/export')
export class AuditLogExportController {
  constructor(private readonly exportAuditLogs: ExportAuditLogs) {}

  @Get()
  @Requires('audit_log:list')
  @Limited('export')
  @ApiOperation({
    operationId: 'export-audit-logs',
    summary: 'All audit rows that match as a file, newest first',
    description:
      'One line for each row: JSON as in the list, or CSV with a header line. A file is whole only when the answer ' +
      'ended as HTTP says: a failure on the way breaks the connection. Rows that come meanwhile are not in it.',
  })
  @ApiQuery({ name: 'format', required: false, enum: EXPORT_FORMATS, schema: { default: 'ndjson' } })
  @ApiAuditLogFilters(AUDIT_LOG_FIELDS)
  @ApiOkResponse({ content: { 'application/x-ndjson': TEXT, 'text/csv': TEXT } })
  @ApiProblem(400)
  async export(
    @CurrentCtx() ctx: Ctx,
    @Query() query: QueryString,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Readable | undefined> {
    const { format, filters } = exportRequest(query);
    // Nothing is given out to HEAD, so there is nothing to read or to write down.
    const opened = request.method === 'HEAD' ? null : await this.exportAuditLogs.execute(ctx, filters, format);
    const name = `audit-logs-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}.${format}`;
    reply.headers({ 'Content-Type': EXPORT_TYPES[format], 'Content-Disposition': `attachment; filename="${name}"` });
    if (opened === null) return undefined;
    const body = Readable.from(textOf(opened, format, request), { objectMode: false });
    body.once('close', opened.end);
    return body;
  }
}

async function* textOf(
  { batches }: AuditExport,
  format: ExportFormat,
  request: FastifyRequest,
): AsyncGenerator<string> {
  const head = exportHead(format);
  if (head !== '') yield head;
  for await (const rows of batches) {
    if (rows.length > 0) yield exportLines(format, rows);
    // A long search sends nothing, and is no sign of a reader who is gone.
    else request.socket.setTimeout(request.socket.timeout ?? 0);
  }
}

function exportRequest(query: QueryString): { format: ExportFormat; filters: readonly Filter[] } {
  let format: ExportFormat = 'ndjson';
  const filters: Filter[] = [];
  for (const [key, raw] of Object.entries(query)) {
    const value = single(key, raw);
    if (key === 'format') format = formatOf(value);
    else if (key.startsWith('filter[')) filters.push(parseFilter(key, value, AUDIT_LOG_FIELDS));
    else throw unknownParameter(key);
  }
  return { format, filters };
}

function formatOf(value: string): ExportFormat {
  const format = EXPORT_FORMATS.find((one) => one === value);
  if (format === undefined)
    throw invalidParameter({
      field: 'format',
      rule: 'enum',
      choices: EXPORT_FORMATS,
      reason: `format must be one of [${EXPORT_FORMATS.join(', ')}]`,
      source: 'query',
    });
  return format;
}
