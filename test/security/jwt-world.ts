import { anIssuer, aTeam, type Issuer } from '../e2e/access/issuer';
import type { Answer } from '../support/http';
import { aScriptedIssuer, aSigningKey, type ScriptedIssuer, type SigningKey } from '../support/scripted-issuer';
import { aServer, aWorld, type Organization, type World } from '../support/world';

export const ORIGIN = 'https://mcp.example.com';
/** The audience that is acme's own. */
export const AUDIENCE = `${ORIGIN}/o/acme`;
/** One that anybody may take. */
export const FREE = 'agents';
export const KEY = aSigningKey('first');
export const RSA = aSigningKey('rsa', 'RS256');

export let world: World;
export let idp: ScriptedIssuer;
/** Of acme. */
export let issuer: Issuer;
/** Of acme; reads all registries. */
export let team: string;
/** A registry of each organization, both of the same name. */
export let own: string;
export let foreign: string;
let caller = 0;

/** An API, an issuer on this machine that acme trusts, and a registry of the same name in each organization. */
export function useJwtWorld(): void {
  beforeAll(async () => {
    // Wrong credentials are counted by address, so each request of these tests may come from another one.
    world = await aWorld({ TRUSTED_PROXIES: '127.0.0.1', PUBLIC_URL: ORIGIN });
    idp = await aScriptedIssuer(AUDIENCE);
    own = await world.aRegistry(world.acme, 'tools');
    foreign = await world.aRegistry(world.globex, 'tools');
    await world.publish(world.acme, own, aServer());
    team = await aTeam(world, world.acme, ['Viewer']);
  });

  beforeEach(async () => {
    await world.db.query('delete from trusted_issuer');
    await world.db.query('delete from audit_log');
    Object.assign(idp, { keys: [KEY.jwk, RSA.jwk], discovery: {}, status: 200 });
    idp.requests.length = 0;
    issuer = await trust(world.acme, idp);
  });

  afterAll(async () => {
    await idp.close();
    await world.close();
  });
}

export const role = (name: string, on = '*', type = 'MCP Registries') => ({
  role_name: name,
  entity_type_name: type,
  entity_id: on,
});

/** Members of the group `platform` are members of the team; further rules come from the test. */
export function trust(organization: Organization, { url }: { url: string }, overrides: object = {}): Promise<Issuer> {
  const rules = organization === world.acme ? [{ claim: 'groups', value: 'platform', team_id: team }] : [];
  const audiences = [`${ORIGIN}/o/${organization.name}`];
  return anIssuer(world, organization, { issuer_url: url, audiences, claim_rules: rules, ...overrides });
}

export async function change(body: Readonly<Record<string, unknown>>): Promise<void> {
  const answer = await world.call('PATCH', `/v0/identity/issuers/${issuer.id}`, { token: world.acme.admin, body });
  expect(answer.status).toBe(200);
}

export function ask(
  token: string,
  path = `/registries/${own}/v0.1/servers`,
  method = 'GET',
  body?: unknown,
): Promise<Answer> {
  caller += 1;
  const address = `203.0.113.${caller % 256}, 192.0.${Math.floor(caller / 256) + 2}.${caller % 256}`;
  return world.call(method, path, {
    token,
    headers: { 'x-forwarded-for': address },
    ...(body === undefined ? {} : { body }),
  });
}

export const statusOf = async (...request: Parameters<typeof ask>) => (await ask(...request)).status;
export const member = (key: SigningKey = KEY, claims: object = {}, header: object = {}) =>
  idp.token(key, { groups: ['platform'], ...claims }, header);
export const seconds = () => Math.floor(Date.now() / 1_000);
