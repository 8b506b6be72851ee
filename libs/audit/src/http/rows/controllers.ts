import { AuditLogsController } from './audit-logs.controller';

export const ROWS = [AuditLogsController];
