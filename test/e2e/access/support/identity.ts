import { v7 as uuidv7 } from 'uuid';
import type { Answer } from '../../../support/http';
import { TOLD } from '../../../support/told';
import type { Organization, World } from '../../../support/world';

export const MISSING = '00000000-0000-7000-8000-000000000000';
/** Path segments that are no ids. */
export const NO_IDS = ['x', 'me', "'--", '..%2F..', `${MISSING}0`, '*'];

export type HolderType = 'user' | 'system_account' | 'team';

const COLUMNS = { user: 'user_id', system_account: 'system_account_id', team: 'team_id' } as const;

/** What a holder has: the role, its entity type, and one entity or all. */
export type Grant = readonly [role: string, type: string, on?: string];

export interface Team {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly system_team: boolean;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface AssignedRole {
  readonly id: string;
  readonly role_name: string;
  readonly entity_id: string;
  readonly entity_type_name: string;
  readonly entity_region: string;
  readonly created_at: string;
}

export interface Listed<T> {
  readonly data: readonly T[];
  readonly meta: { readonly page: { readonly number: number; readonly size: number; readonly total: number } };
}

/** The id of the user or system account that a token belongs to. */
export async function idOf(world: World, token: string): Promise<string> {
  const [row] = await world.db.query<{ id: string }>(
    `select coalesce(user_id, system_account_id) as id from access_token where public_id = $1`,
    [token.slice(8, 20)],
  );
  if (!row) throw new Error('no such token');
  return row.id;
}

export async function grant(
  world: World,
  organization: Organization,
  holder: { readonly type: HolderType; readonly id: string },
  [role, type, on = '*']: Grant,
): Promise<string> {
  const id = uuidv7();
  await world.db.query(
    `insert into role_assignment (org_id, id, ${COLUMNS[holder.type]}, role_name, entity_type_name, entity_id)
     values ($1, $2, $3, $4, $5, $6)`,
    [organization.id, id, holder.id, role, type, on],
  );
  return id;
}

/** Puts a user or a system account into a team, past the API. */
export async function join(
  world: World,
  organization: Organization,
  teamId: string,
  member: { readonly type: 'user' | 'system_account'; readonly id: string },
  source = 'manual',
): Promise<void> {
  await world.db.query(
    `insert into team_member (org_id, id, team_id, ${COLUMNS[member.type]}, source) values ($1, $2, $3, $4, $5)`,
    [organization.id, uuidv7(), teamId, member.id, source],
  );
}

/** The token of a system account with these roles. */
export async function anAccountWith(world: World, organization: Organization, ...grants: Grant[]): Promise<string> {
  const token = await world.aSystemAccount(organization);
  const holder = { type: 'system_account', id: await idOf(world, token) } as const;
  for (const one of grants) await grant(world, organization, holder, one);
  return token;
}

/** May change everything about identity and nothing else. */
export function anIdentityAdmin(world: World, organization: Organization): Promise<string> {
  return anAccountWith(world, organization, ['Admin', 'Identity']);
}

export function anIdentityViewer(world: World, organization: Organization): Promise<string> {
  return anAccountWith(world, organization, ['Viewer', 'Identity']);
}

export async function aTeam(
  world: World,
  organization: Organization,
  body: Readonly<Record<string, unknown>> = { name: 'Payments' },
): Promise<Team> {
  const answer = await world.call('POST', '/v0/teams', { token: organization.admin, body });
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.json<Team>();
}

/** The id of a new holder of a type. */
export async function aHolder(world: World, organization: Organization, type: HolderType): Promise<string> {
  if (type === 'team') return (await aTeam(world, organization)).id;
  const token = type === 'user' ? await world.aUser(organization) : await world.aSystemAccount(organization);
  return idOf(world, token);
}

export async function predefinedTeam(world: World, organization: Organization, name: string): Promise<string> {
  const [row] = await world.db.query<{ id: string }>(
    `select id from team where org_id = $1 and system_team and name = $2`,
    [organization.id, name],
  );
  if (!row) throw new Error(`no team ${name}`);
  return row.id;
}

export interface Trail {
  readonly action: string;
  readonly result: string;
  readonly reason: string | null;
  readonly target_id: string | null;
  readonly target_name: string | null;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

/** What the audit trail of an organization got while `work` ran, oldest first. */
export async function trailOf(
  world: World,
  organization: Organization,
  work: () => Promise<unknown>,
): Promise<Trail[]> {
  const rows = () =>
    world.db.query<Trail & { id: string }>(
      `select id, action, result, reason, target_id, target_name, before, after from ${TOLD}
       where org_id = $1 order by occurred_at, id`,
      [organization.id],
    );
  const known = new Set((await rows()).map(({ id }) => id));
  await work();
  return (await rows()).filter(({ id }) => !known.has(id)).map(({ id, ...row }) => row);
}

/** What of an answer two callers could compare. */
export function shown(answer: Answer) {
  return { status: answer.status, type: answer.headers['content-type'], text: answer.masked };
}

export function codeOf(answer: Answer): string {
  return answer.json<{ type?: string }>().type?.replace('urn:portolan:error:', '') ?? '';
}

/** Status and code of a refusal. */
export function refusal(answer: Answer): [number, string] {
  return [answer.status, codeOf(answer)];
}

export function problems(answer: Answer): unknown[] {
  return answer.json<{ invalid_parameters?: unknown[] }>().invalid_parameters ?? [];
}

/** Registers that a list refuses queries which it does not understand. */
export function refusesBadQueries(list: (query: string) => Promise<Answer>): void {
  it.each([
    ['page[size]=0', 'page[size]', 'min'],
    ['page[size]=101', 'page[size]', 'max'],
    ['page[number]=x', 'page[number]', 'is_integer'],
    ['page[after]=x', 'page[after]', 'unknown_property'],
    ['sort=org_id', 'sort', 'enum'],
    ['filter[org_id]=x', 'filter[org_id]', 'enum'],
    ['filter[created_at]=yesterday', 'filter[created_at]', 'is_date_time'],
  ])('%s names the parameter and the rule', async (query, field, rule) => {
    const answer = await list(`?${query}`);
    expect(answer.status).toBe(400);
    expect(problems(answer)).toEqual([expect.objectContaining({ field, rule, source: 'query' })]);
  });
}

/** Registers that answers to what is not there, foreign or no id at all are one and the same 404. */
export function hidesAlike(
  code: string,
  attempt: (id: string) => Promise<Answer>,
  foreign: () => string | Promise<string>,
): void {
  it('answers for a foreign id, a missing one and what is no id alike', async () => {
    const missing = await attempt(MISSING);
    expect(refusal(missing)).toEqual([404, code]);
    const there = await foreign();
    for (const id of [there, there.toUpperCase(), ...NO_IDS])
      expect([id, shown(await attempt(id))]).toEqual([id, shown(missing)]);
  });
}

/** Registers that a route of those who change identity refuses everybody else and writes that down. */
export function needsIdentityAdmin(world: () => World, attempt: (token: string) => Promise<Answer>): void {
  refuses(world, attempt, 'identity:edit', [
    ['an Identity Viewer', ['Viewer', 'Identity']],
    ['an Admin of all registries', ['Admin', 'MCP Registries']],
    ['an Audit Logs Admin', ['Admin', 'Audit Logs']],
  ]);
}

/** Registers that a route of those who read identity refuses everybody else and writes that down. */
export function needsIdentityViewer(world: () => World, attempt: (token: string) => Promise<Answer>): void {
  refuses(world, attempt, 'identity:read', [
    ['an Admin of all registries', ['Admin', 'MCP Registries']],
    ['an Audit Logs Admin', ['Admin', 'Audit Logs']],
  ]);

  it('answers an Identity Viewer', async () => {
    expect((await attempt(await anIdentityViewer(world(), world().acme))).status).toBe(200);
  });
}

function refuses(
  world: () => World,
  attempt: (token: string) => Promise<Answer>,
  permission: string,
  others: readonly [string, Grant][],
): void {
  it.each(others)('answers 403 to %s and writes that down once', async (_who, role) => {
    const token = await anAccountWith(world(), world().acme, role);
    const trail = await trailOf(world(), world().acme, async () => {
      expect(refusal(await attempt(token))).toEqual([403, 'forbidden']);
    });
    expect(trail).toEqual([
      expect.objectContaining({ action: 'permission.deny', result: 'denied', reason: permission }),
    ]);
  });

  it('answers 403 to a user without a role', async () => {
    expect((await attempt(await world().aUser(world().acme))).status).toBe(403);
  });
}

/** Registers that nobody gets further than the sign-in without a credential, whatever he names. */
export function needsSignIn(attempt: (id: string) => Promise<Answer>, own: () => string): void {
  it('answers the same 401 whatever is named', async () => {
    const first = await attempt(own());
    expect([first.status, first.challenge]).toEqual([401, 'Bearer realm="portolan"']);
    for (const id of [MISSING, 'x']) expect(shown(await attempt(id))).toEqual(shown(first));
  });
}
