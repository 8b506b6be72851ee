import { TidySources } from '@portolan/mirror';
import type { Organization, World } from '../../../support/world';
import { anAccountWith } from '../../access/support/identity';

export const UPSTREAMS = '/v0/upstreams';
/** Part of each secret header value that these tests send. */
export const SECRET = 'never-to-come-back';

export interface Upstream {
  readonly id: string;
  readonly name: string;
  readonly display_name: string;
  readonly url: string;
  readonly header_names: readonly string[];
  readonly verify_tls: boolean;
  readonly enabled: boolean;
  readonly built_in: boolean;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface Report {
  readonly ok: boolean;
  readonly checks: readonly {
    readonly name: string;
    readonly status: string;
    readonly seen: string | null;
    readonly advice: string | null;
  }[];
}

/** What is stored of an upstream, and of the copy that it names. */
export interface StoredUpstream {
  readonly headers_sealed: string | null;
  readonly source_id: string;
  /** Null when the copy is shared. */
  readonly owner_id: string | null;
  readonly url: string;
  readonly verify_tls: boolean;
  /** How many copies are the upstream's own. */
  readonly own_sources: number;
}

/** An acceptable body of create-upstream. */
export function upstreamBody(overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { name: 'partner', url: 'https://registry.example.com', ...overrides };
}

/** An upstream made through the API by the organization's admin. */
export async function anUpstream(
  world: World,
  { admin }: Organization,
  overrides: Readonly<Record<string, unknown>> = {},
): Promise<Upstream> {
  const answer = await world.call('POST', UPSTREAMS, { token: admin, body: upstreamBody(overrides) });
  if (answer.status !== 201) throw new Error(`${answer.status}: ${answer.text}`);
  return answer.json<Upstream>();
}

export async function builtIn(world: World, { admin }: Organization): Promise<Upstream> {
  const answer = await world.call('GET', `${UPSTREAMS}?filter[built_in]=true`, { token: admin });
  return answer.json<{ data: Upstream[] }>().data[0] as Upstream;
}

export async function storedUpstream(world: World, id: string): Promise<StoredUpstream> {
  const [row] = await world.db.query<StoredUpstream>(
    `select u.headers_sealed, u.source_id, s.upstream_id as owner_id, s.url, s.verify_tls,
            (select count(*)::integer from source o where o.upstream_id = u.id) as own_sources
     from upstream u join source s on s.id = u.source_id where u.id = $1`,
    [id],
  );
  if (!row) throw new Error('no such upstream, or no such copy');
  return row;
}

/** Removes the upstreams that tests have made. */
export async function clearUpstreams(world: World): Promise<void> {
  await world.db.query('delete from upstream where not built_in');
  await world.db.query('delete from source where upstream_id is not null');
}

export function anUpstreamsAccount(world: World, organization: Organization, role: 'Admin' | 'Viewer') {
  return anAccountWith(world, organization, [role, 'Upstreams']);
}

/** Whoever does everything else: registries, identity, the trail. */
export function aStranger(world: World, organization: Organization) {
  return anAccountWith(
    world,
    organization,
    ['Admin', 'MCP Registries'],
    ['Admin', 'Identity'],
    ['Admin', 'Audit Logs'],
  );
}

/** The housekeeping of an hour later: copies that no upstream names any more are gone. */
export async function tidied({ app, db }: World): Promise<void> {
  await db.query(`update source set created_at = created_at - interval '2 hours'`);
  await app.get(TidySources, { strict: false }).execute(() => false);
}
