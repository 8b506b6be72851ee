import type { Shown } from '../../support/mirror-world';
import type { OfficialMeta, UpstreamRow } from '../../support/upstream';
import { aServer } from '../../support/world';

export const OFFICIAL = 'io.modelcontextprotocol.registry/official';
export const ORIGIN = 'dev.portolan/origin';
const TIME = '2025-10-01T12:00:00.123456Z';

/** A version as an upstream lists it; `_meta` is what it says besides of the official block. */
export function anEntry(
  server: Readonly<Record<string, unknown>> = {},
  official: Partial<OfficialMeta> = {},
  _meta: Readonly<Record<string, unknown>> = {},
): UpstreamRow {
  const { updatedAt = TIME } = official;
  return {
    server: aServer(server),
    _meta: { ..._meta, [OFFICIAL]: { status: 'active', publishedAt: TIME, updatedAt, isLatest: true, ...official } },
  };
}

/** Servers `com.example/s-000` and so on, with one version each. */
export function someEntries(count: number, namespace = 'com.example'): UpstreamRow[] {
  return Array.from({ length: count }, (_, i) => anEntry({ name: `${namespace}/s-${String(i).padStart(3, '0')}` }));
}

export function officialOf(version: Shown | undefined): Shown['_meta'][typeof OFFICIAL] {
  if (version === undefined) throw new Error('it is not shown');
  return version._meta[OFFICIAL];
}

export function keyOf({ server }: UpstreamRow | Shown): string {
  return `${String(server.name)}@${String(server.version)}`;
}

export function find(versions: readonly Shown[], key: string): Shown {
  const found = versions.find((one) => keyOf(one) === key);
  if (found === undefined) throw new Error(`${key} is not shown`);
  return found;
}
