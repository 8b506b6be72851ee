import { createHash, randomUUID } from 'node:crypto';
import { aServer, type Organization, type World } from '../../support/world';
import type { Shelf } from './shelf';
import type { Status } from './wire';

export const ORIGIN_KEY = 'dev.portolan/origin';

export interface MirroredVersion {
  readonly name: string;
  readonly version: string;
  readonly status: Status;
  readonly statusMessage: string | null;
  readonly upstreamUpdatedAt: string | null;
  readonly meta: string | null;
  readonly isLatest: boolean;
}

/** A mirror of the upstream that every organization knows, past the API, which would have it run. */
export async function aMirror(
  world: World,
  registry: Pick<Shelf, 'id' | 'organization'>,
  state: Readonly<Record<string, unknown>> = {},
) {
  const id = randomUUID();
  const { enabled = true, source_id = null, applied_crawl = null, data_as_of = null } = state;
  // A registry mirrors an upstream once, so each mirror has one of its own.
  const upstream = await anUpstream(world, registry.organization, state.upstream as string | undefined);
  await world.db.query(
    `insert into mirror (org_id, id, registry_id, upstream_id, position, schedule, enabled, source_id, applied_crawl,
                         data_as_of)
     values ($1, $2, $3, $4, 1, '1h', $5, $6, $7, $8)`,
    [registry.organization.id, id, registry.id, upstream, enabled, source_id, applied_crawl, data_as_of],
  );
  return id;
}

async function anUpstream(world: World, { id }: Organization, name = 'official'): Promise<string> {
  await world.db.query(
    `insert into upstream (org_id, id, name, display_name, url, source_id)
     select org_id, gen_random_uuid(), $2, $2, url, source_id from upstream where org_id = $1 and built_in
     on conflict do nothing`,
    [id, name],
  );
  const [row] = await world.db.query<{ id: string }>('select id from upstream where org_id = $1 and name = $2', [
    id,
    name,
  ]);
  return row?.id ?? '';
}

/** A version as a run of the mirror leaves it; returns the id of that run. */
export async function mirrored(
  world: World,
  shelf: Shelf,
  mirrorId: string,
  overrides: Partial<MirroredVersion> = {},
  document: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const version = { ...USUAL, ...overrides };
  const body = JSON.stringify(aServer({ ...document, name: version.name, version: version.version }));
  const hash = createHash('sha256').update(body).digest();
  await world.db.query('insert into document (hash, body) values ($1, $2) on conflict do nothing', [hash, body]);
  const run = randomUUID();
  await world.db.query(
    `insert into server_version (org_id, registry_id, name, version, document_hash, status, status_message,
                                 status_changed_at, published_at, updated_at, is_latest, mirror_id, run_id,
                                 upstream_name, upstream_updated_at, meta)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $8, $9, $10, $11, 'official', $12, $13)`,
    [
      shelf.organization.id,
      shelf.id,
      version.name,
      version.version,
      hash,
      version.status,
      version.statusMessage,
      '2025-10-01T00:00:00Z',
      version.isLatest,
      mirrorId,
      run,
      version.upstreamUpdatedAt,
      version.meta,
    ],
  );
  return run;
}

const USUAL: MirroredVersion = {
  name: 'io.github.other/tool',
  version: '1.0.0',
  status: 'active',
  statusMessage: null,
  upstreamUpdatedAt: '2025-09-01T10:20:30.25Z',
  meta: null,
  isLatest: true,
};

/** What a later run finds: the upstream's status and its message have become these. */
export async function upstreamSays(
  world: World,
  shelf: Shelf,
  status: Status,
  statusMessage: string | null = null,
): Promise<void> {
  await world.db.query(
    `update server_version
     set status = heavier_status($2, coalesce(local_status, 'active')),
         status_message = case when heavier_status($2, coalesce(local_status, 'active')) = local_status
                               then local_status_message else $3 end,
         upstream_status = case when local_status is not null then $2 end,
         upstream_status_message = case when local_status is not null then $3 end
     where registry_id = $1 and mirror_id is not null`,
    [shelf.id, status, statusMessage],
  );
}
