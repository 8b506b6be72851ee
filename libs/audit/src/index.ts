export { AuditModule } from './audit.module';
export { AUDIT_ACTIONS, AUDIT_VOCABULARY_VERSION, PERSONAL_FIELDS, type AuditEvent } from './audit-events';
export { SealRows } from './chain/seal-rows.service';
export { SigningKeys } from './chain/signing-keys';
export { erasePerson } from './people/erase-person';
export { recordAudit } from './record-audit';
export type { AuditRow } from './rows/audit-row';
export { ListAuditLogs } from './rows/list-audit-logs.query';
