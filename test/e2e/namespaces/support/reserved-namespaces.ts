import type { Organization, World } from '../../../support/world';
import { anAccountWith } from '../../access/support/identity';

export const RESERVED = '/v0/reserved-namespaces';
export const NOT_FOUND = 'reserved_namespace_not_found';

export interface ReservedNamespace {
  readonly id: string;
  readonly namespace: string;
  readonly created_at: string;
}

/** A namespace reserved through the API by the organization's admin. */
export async function aReserved(
  world: World,
  { admin }: Organization,
  namespace = 'com.example',
): Promise<ReservedNamespace> {
  const answer = await world.call('POST', RESERVED, { token: admin, body: { namespace } });
  if (answer.status !== 201) throw new Error(`${answer.status}: ${answer.text}`);
  return answer.json<ReservedNamespace>();
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

/** The organizations whose mirrors were asked to compare everything while `work` ran, one for each time. */
export async function comparisonsOf(world: World, work: () => Promise<unknown>): Promise<unknown[]> {
  const jobs = () =>
    world.db.query<{ id: string; org_id: string; payload: unknown }>(
      `select id, org_id, payload from outbox where name = 'mirror.compare_all' order by id`,
    );
  const known = new Set((await jobs()).map(({ id }) => id));
  await work();
  return (await jobs()).filter(({ id }) => !known.has(id)).map(({ org_id, payload }) => ({ org_id, payload }));
}
