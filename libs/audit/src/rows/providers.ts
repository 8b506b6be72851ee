import { ExportAuditLogs } from './export-audit-logs.service';
import { ListAuditLogs } from './list-audit-logs.query';

export const ROWS = [ExportAuditLogs, ListAuditLogs];
