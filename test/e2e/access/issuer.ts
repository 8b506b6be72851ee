import type { Organization, World } from '../../support/world';

export interface Issuer {
  readonly id: string;
  readonly name: string;
  readonly issuer_url: string;
  readonly audiences: readonly string[];
  readonly claim_rules: readonly unknown[];
  readonly max_lifetime_seconds: number;
  readonly enabled: boolean;
  readonly created_at: string;
  readonly updated_at: string;
}

/** An acceptable body of create-issuer. */
export function issuerBody(overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { name: 'idp', issuer_url: 'https://idp.example.com', audiences: ['portolan'], ...overrides };
}

/** An issuer made through the API by the organization's admin. */
export async function anIssuer(
  world: World,
  { admin }: Organization,
  overrides: Readonly<Record<string, unknown>> = {},
): Promise<Issuer> {
  const answer = await world.call('POST', '/v0/identity/issuers', { token: admin, body: issuerBody(overrides) });
  if (answer.status !== 201) throw new Error(`${answer.status}: ${answer.text}`);
  return answer.json<Issuer>();
}

/** A team of the organization, with these roles on all registries; returns its id. */
export async function aTeam(world: World, { id }: Organization, roles: readonly string[] = []): Promise<string> {
  const [team] = await world.db.query<{ id: string }>(
    `insert into team (org_id, id, name) values ($1, gen_random_uuid(), 'engineers') returning id`,
    [id],
  );
  if (!team) throw new Error('the team was not made');
  for (const role of roles)
    await world.db.query(
      `insert into role_assignment (org_id, id, team_id, role_name, entity_type_name, entity_id)
       values ($1, gen_random_uuid(), $2, $3, 'MCP Registries', '*')`,
      [id, team.id, role],
    );
  return team.id;
}

/** A system account with a role on the organization's identities and no other; returns its token. */
export async function anIdentityAccount(
  world: World,
  organization: Organization,
  role: 'Admin' | 'Viewer',
  registryRoles: Parameters<World['aSystemAccount']>[1] = [],
): Promise<string> {
  const token = await world.aSystemAccount(organization, registryRoles);
  await world.db.query(
    `insert into role_assignment (org_id, id, system_account_id, role_name, entity_type_name, entity_id)
     select org_id, gen_random_uuid(), system_account_id, $2, 'Identity', '*' from access_token where public_id = $1`,
    [token.split('_')[2], role],
  );
  return token;
}
