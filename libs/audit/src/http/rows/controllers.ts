import { AuditLogExportController } from './audit-log-export.controller';
import { AuditLogsController } from './audit-logs.controller';
import { RegistryAuditLogsController } from './registry-audit-logs.controller';

export const ROWS = [AuditLogExportController, AuditLogsController, RegistryAuditLogsController];
