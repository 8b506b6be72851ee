export { AuditModule } from './audit.module';
export { AUDIT_ACTIONS, type AuditEvent } from './audit-events';
export { ListAuditLogs, type AuditRow } from './list-audit-logs.query';
export { recordAudit } from './record-audit';
