import type { MigrationClass } from '@portolan/db';
import { Organization1763600000001 } from './0001-organization';
import { Principals1763600000002 } from './0002-principals';
import { AuditLog1763600000003 } from './0003-audit-log';
import { Outbox1763600000004 } from './0004-outbox';
import { Registry1763600000005 } from './0005-registry';
import { ServerVersion1763600000006 } from './0006-server-version';

export { GRANTS } from './grants';

/** In the order in which they run. */
export const MIGRATIONS: readonly MigrationClass[] = [
  Organization1763600000001,
  Principals1763600000002,
  AuditLog1763600000003,
  Outbox1763600000004,
  Registry1763600000005,
  ServerVersion1763600000006,
];
