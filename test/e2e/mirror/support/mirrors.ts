import { aServer, type Organization, type World } from '../../../support/world';

export const MISSING = '00000000-0000-7000-8000-000000000000';
export const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/) as string;
export const UUID = expect.stringMatching(/^[0-9a-f-]{36}$/) as string;

export interface Mirror {
  readonly id: string;
  readonly upstream_id: string;
  readonly upstream_name: string;
  readonly position: number;
  readonly enabled: boolean;
  readonly updated_at: string;
  readonly next_run_at: string | null;
  readonly last_run: unknown;
  readonly [field: string]: unknown;
}

export interface Run {
  readonly id: string;
  readonly mirror_id: string;
  readonly state: string;
  readonly finished_at: string | null;
  readonly counts: Readonly<Record<string, number>>;
  readonly [field: string]: unknown;
}

export const pathOf = (registry: string, mirror?: string) =>
  `/v0/registries/${registry}/mirrors${mirror === undefined ? '' : `/${mirror}`}`;

export const runPathOf = (registry: string, mirror: string, run?: string) =>
  `${pathOf(registry, mirror)}/runs${run === undefined ? '' : `/${run}`}`;

/** The fields and rules that a 400 names. */
export function refusalsOf(answer: { json<T>(): T }): unknown[] {
  return answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters;
}

/** An upstream of an organization, with the copy that everybody shares who names its URL. */
export async function anUpstream(world: World, { id: orgId }: Organization, name: string): Promise<string> {
  const [row] = await world.db.query<{ id: string }>(
    `insert into upstream (org_id, id, name, display_name, url, source_id)
     select $1, gen_random_uuid(), $2, $2, url, shared_source(url, true)
     from (select 'https://' || $2 || '.example.com' as url) u
     returning id`,
    [orgId, name],
  );
  return row?.id ?? '';
}

/** A mirror made through the API by the organization's admin. */
export async function aMirror(
  world: World,
  { admin }: Organization,
  registry: string,
  upstream: string,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<Mirror> {
  const body = { upstream_id: upstream, ...settings };
  const answer = await world.call('POST', pathOf(registry), { token: admin, body });
  if (answer.status !== 201) throw new Error(`${answer.status}: ${answer.text}`);
  return answer.json<Mirror>();
}

/** A run in whatever state, as a worker would have left it. */
export async function aRun(
  world: World,
  mirror: string,
  columns: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const fresh_from = new Date().toISOString();
  const all = Object.entries({ mode: 'incremental', dry_run: false, trigger: 'schedule', fresh_from, ...columns });
  const [row] = await world.db.query<{ id: string }>(
    `insert into mirror_run (org_id, id, mirror_id, ${all.map(([name]) => name).join(', ')})
     select org_id, gen_random_uuid(), id, ${all.map((_, index) => `$${index + 2}`).join(', ')}
     from mirror where id = $1
     returning id`,
    [mirror, ...all.map(([, value]) => value)],
  );
  return row?.id ?? '';
}

/** The upstream's copy has come to this crawl, of which a run can read how far it is. */
export async function aCrawl(
  world: World,
  upstream: string,
  number: number,
  { pages = 0, bytes = 0, fetched = 0 } = {},
): Promise<string> {
  const [row] = await world.db.query<{ source_id: string }>(
    `insert into source_crawl (org_id, source_id, number, mode, pages, bytes, fetched)
     select s.org_id, s.id, $2, 'full', $3, $4, $5
     from upstream u join source s on s.id = u.source_id where u.id = $1
     returning source_id`,
    [upstream, number, pages, bytes, fetched],
  );
  return row?.source_id ?? '';
}

/** Versions that the mirror has brought. */
export async function mirroredVersions(
  world: World,
  organization: Organization,
  registry: string,
  mirror: string,
  documents: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  const servers = documents.map((one) => aServer(one));
  for (const server of servers) await world.publish(organization, registry, server);
  const names = servers.map(({ name }) => name);
  await world.db.query(
    `update server_version v set mirror_id = m.id, run_id = gen_random_uuid(), upstream_name = u.name
     from mirror m join upstream u on u.org_id = m.org_id and u.id = m.upstream_id
     where m.id = $2 and v.registry_id = $1 and v.name = any ($3)`,
    [registry, mirror, names],
  );
  await world.db.query('update server_name set mirror_id = $2 where registry_id = $1 and name = any ($3)', [
    registry,
    mirror,
    names,
  ]);
}

/** An account with the role on the registry, that may see upstreams besides. */
export async function anAccountWithUpstreams(
  world: World,
  organization: Organization,
  role: 'Admin' | 'Publisher' | 'Viewer',
  registry: string,
): Promise<string> {
  const token = await world.aSystemAccount(organization, [{ role, on: registry }]);
  await world.db.query(
    `insert into role_assignment (org_id, id, system_account_id, role_name, entity_type_name, entity_id)
     select org_id, gen_random_uuid(), system_account_id, 'Viewer', 'Upstreams', '*'
     from role_assignment where system_account_id is not null and entity_id = $1
     order by created_at desc limit 1`,
    [registry],
  );
  return token;
}
