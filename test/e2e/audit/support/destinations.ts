import { ClaimDelivery, DeliverBatch, SealRows, SigningKeys } from '@portolan/audit';
import type { Organization, World } from '../../../support/world';

export const DESTINATIONS = '/v0/audit-log-destinations';
export const MISSING = '00000000-0000-7000-8000-000000000000';

export interface Destination {
  readonly id: string;
  readonly name: string;
  readonly endpoint: string;
  readonly authorization_set: boolean;
  readonly format: string;
  readonly enabled: boolean;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface Status {
  readonly status: string;
  readonly last_attempt_at: string | null;
  readonly last_success_at: string | null;
  readonly last_response_code: number | null;
  readonly last_response_message: string | null;
  readonly failing_since: string | null;
  readonly attempts: number;
  readonly next_attempt_at: string | null;
  readonly delivered_sequence: number;
  readonly last_sequence: number;
  readonly missed: number;
}

export interface Replay {
  readonly id: string;
  readonly state: string;
  readonly start_at: string;
  readonly end_at: string;
  readonly first_sequence: number | null;
  readonly last_sequence: number | null;
  readonly delivered_sequence: number | null;
  readonly delivered: number;
  readonly missed: number;
  readonly next_attempt_at: string | null;
  readonly [field: string]: unknown;
}

export const ALL_TIME = { start_at: '2000-01-01T00:00:00Z', end_at: '2100-01-01T00:00:00Z' };

/** An acceptable body of create-audit-log-destination. */
export function destinationBody(overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { name: 'siem', endpoint: 'https://siem.example.com/ingest', ...overrides };
}

/** A destination made through the API by the organization's admin. */
export async function aDestination(
  world: World,
  { admin }: Organization,
  overrides: Readonly<Record<string, unknown>> = {},
): Promise<Destination> {
  const answer = await world.call('POST', DESTINATIONS, { token: admin, body: destinationBody(overrides) });
  if (answer.status !== 201) throw new Error(`${answer.status}: ${answer.text}`);
  return answer.json<Destination>();
}

export async function aReplay(
  world: World,
  { admin }: Organization,
  destinationId: string,
  body: unknown = ALL_TIME,
): Promise<Replay> {
  const answer = await world.call('POST', `${DESTINATIONS}/${destinationId}/replays`, { token: admin, body });
  if (answer.status !== 202) throw new Error(`${answer.status}: ${answer.text}`);
  return answer.json<Replay>();
}

export async function statusOf(world: World, { admin }: Organization, destinationId: string): Promise<Status> {
  return (await world.call('GET', `${DESTINATIONS}/${destinationId}/status`, { token: admin })).json<Status>();
}

/** Seals what waits in an organization. */
export async function seal(world: World, { id }: Organization): Promise<void> {
  const signer = await world.app.get(SigningKeys).signer();
  while ((await world.app.get(SealRows).execute(id, signer, 1_000)).rows > 0);
}

/** Delivers until nothing is due. */
export async function deliver(world: World): Promise<void> {
  while (await deliverOne(world));
}

/** One attempt, if one is due; tells whether one was. */
export async function deliverOne(world: World): Promise<boolean> {
  const claims = world.app.get(ClaimDelivery);
  const claimed = (await claims.execute('proven', [])) ?? (await claims.execute('unproven', []));
  if (claimed === null) return false;
  await world.app.get(DeliverBatch).execute(claimed, await world.app.get(SigningKeys).signer());
  return true;
}

/** Makes what was put off due. */
export async function waitOver(world: World): Promise<void> {
  await world.db.query('update audit_delivery set next_attempt_at = now()');
}

/** The token of a system account with a role on the trail and no other. */
export async function anAuditAccount(
  world: World,
  organization: Organization,
  role: 'Admin' | 'Viewer',
): Promise<string> {
  const token = await world.aSystemAccount(organization, [{ role: 'Admin', on: '*' }]);
  await world.db.query(
    `insert into role_assignment (org_id, id, system_account_id, role_name, entity_type_name, entity_id)
     select org_id, gen_random_uuid(), system_account_id, $2, 'Audit Logs', '*' from access_token where public_id = $1`,
    [token.split('_')[2], role],
  );
  return token;
}
