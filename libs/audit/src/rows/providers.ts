import { ListAuditLogs } from './list-audit-logs.query';

export const ROWS = [ListAuditLogs];
