import type { MigrationClass } from '@portolan/db';
import { Organization1763600000001 } from './0001-organization';
import { Principals1763600000002 } from './0002-principals';
import { AuditLog1763600000003 } from './0003-audit-log';
import { Outbox1763600000004 } from './0004-outbox';
import { Registry1763600000005 } from './0005-registry';
import { ServerVersion1763600000006 } from './0006-server-version';
import { OrganizationSettings1763700000007 } from './0007-organization-settings';
import { Teams1763700000008 } from './0008-teams';
import { SignIn1763700000009 } from './0009-sign-in';
import { CapabilityUrls1763700000010 } from './0010-capability-urls';
import { AuditTrail1763900000011 } from './0011-audit-trail';
import { AuditChain1763900000012 } from './0012-audit-chain';
import { AuditDestinations1763900000013 } from './0013-audit-destinations';
import { AuditRetention1763900000014 } from './0014-audit-retention';
import { ReservedNamespaces1764000000015 } from './0015-reserved-namespaces';
import { Upstreams1764000000016 } from './0016-upstreams';
import { Mirrors1764000000017 } from './0017-mirrors';
import { MirrorRoles1764000000018 } from './0018-mirror-roles';
import { TemporaryTables1764000000019 } from './0019-temporary-tables';
import { SmallerRegistries1764100000020 } from './0020-smaller-registries';
import { ChangeNotes1764200000021 } from './0021-change-notes';
import { LoneIndexes1764300000022 } from './0022-lone-indexes';
import { RarePartOfASearch1764300000023 } from './0023-rare-part-of-a-search';
import { FasterMirrors1764400000024 } from './0024-faster-mirrors';
import { EnforcedReservations1764500000025 } from './0025-enforced-reservations';

export { GRANTS } from './grants';

/** Not all that a migration made lasts: months pass while nobody is at work, and a backup can be old. */
export const UPKEEP: readonly string[] = ['select create_audit_partitions()'];

/** In the order in which they run. */
export const MIGRATIONS: readonly MigrationClass[] = [
  Organization1763600000001,
  Principals1763600000002,
  AuditLog1763600000003,
  Outbox1763600000004,
  Registry1763600000005,
  ServerVersion1763600000006,
  OrganizationSettings1763700000007,
  Teams1763700000008,
  SignIn1763700000009,
  CapabilityUrls1763700000010,
  AuditTrail1763900000011,
  AuditChain1763900000012,
  AuditDestinations1763900000013,
  AuditRetention1763900000014,
  ReservedNamespaces1764000000015,
  Upstreams1764000000016,
  Mirrors1764000000017,
  MirrorRoles1764000000018,
  TemporaryTables1764000000019,
  SmallerRegistries1764100000020,
  ChangeNotes1764200000021,
  LoneIndexes1764300000022,
  RarePartOfASearch1764300000023,
  FasterMirrors1764400000024,
  EnforcedReservations1764500000025,
];
