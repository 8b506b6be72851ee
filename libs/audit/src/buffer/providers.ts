import { AuditBuffer } from './audit-buffer';
import { AuditPolicy } from './audit-policy';
import { SealingLag } from './sealing-lag';

export const BUFFER = [AuditBuffer, AuditPolicy, SealingLag];
