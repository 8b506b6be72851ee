import { connect, mapGroup, ssoLogin } from '../sign-in/sso';
import { held, logIn, sessionCookieOf } from '../sign-in/people';
import { grant, predefinedTeam } from '../e2e/access/support/identity';
import { accept, aMinuteLater, aTokenOf, invite, PASSWORD, tokenIn } from '../e2e/access/support/people';
import type { OidcProvider } from '../support/oidc';
import type { Organization, World } from '../support/world';

export const GRACE = {
  email: 'grace@navy.example',
  name: 'Grace Hopper',
  preferredName: 'Amazing G',
  subject: 'navy-7001',
};
/** All by which somebody could be known. */
export const TELLING = Object.values(GRACE);

export interface Lived {
  readonly id: string;
  /** Of a personal access token. */
  readonly token: string;
}

/** Everything that can happen to a user and by him; each of it leaves rows in the audit trail. */
export async function liveAsUser(world: World, organization: Organization): Promise<Lived> {
  const admin = organization.admin;
  const must = async (
    status: number,
    method: string,
    path: string,
    body?: unknown,
    options: object = { token: admin },
  ) => {
    const answer = await world.call(method, path, { ...options, ...(body === undefined ? {} : { body }) });
    if (answer.status !== status) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
    return answer;
  };
  const team = await predefinedTeam(world, organization, 'Auditor');
  const first = await invite(world, organization, GRACE.email, { full_name: GRACE.name });
  await must(204, 'DELETE', `/v0/invites/${first.id}`);
  await aMinuteLater(world);
  const { user_id: id, ...second } = await invite(world, organization, GRACE.email, { full_name: GRACE.name });
  await accept(world, 'not-a-token');
  if ((await accept(world, tokenIn(second))).status !== 200) throw new Error('the invite was not accepted');
  await accept(world, tokenIn(second));
  const token = await aTokenOf(world, organization, id);
  const own = { token };
  await must(200, 'PATCH', `/v0/users/me`, { preferred_name: GRACE.preferredName }, own);
  await must(200, 'PATCH', `/v0/users/${id}`, { full_name: `${GRACE.name} II` });
  await must(200, 'PATCH', `/v0/users/${id}`, { full_name: GRACE.name });
  await must(201, 'POST', `/v0/teams/${team}/users`, { id });
  await must(204, 'DELETE', `/v0/teams/${team}/users/${id}`);
  const role = { role_name: 'Viewer', entity_type_name: 'MCP Registries', entity_id: '*', entity_region: '*' };
  const assigned = await must(201, 'POST', `/v0/users/${id}/assigned-roles`, role);
  await must(204, 'DELETE', `/v0/users/${id}/assigned-roles/${assigned.json<{ id: string }>().id}`);
  const person = { id, email: GRACE.email };
  await logIn(world, organization, person, { password: 'not the password' });
  const session = await logIn(world, organization, person, { password: PASSWORD });
  const { session_id, csrf_token: csrf } = session.json<{ session_id: string; csrf_token: string }>();
  const browser = { headers: held({ id: session_id, csrf, text: sessionCookieOf(session) ?? '' }) };
  await must(201, 'POST', `/v0/users/me/access-tokens`, { name: 'laptop', ttl_seconds: 86_400 }, browser);
  await must(403, 'GET', `/v0/users?filter[email][eq]=${GRACE.email}`, undefined, own);
  await must(204, 'DELETE', '/v0/sessions/me', undefined, browser);
  await logIn(world, organization, person, { password: PASSWORD });
  await must(204, 'DELETE', `/v0/users/${id}/sessions`);
  await grant(world, organization, { type: 'user', id }, ['Creator', 'MCP Registries']);
  await must(201, 'POST', '/v0/registries', { name: `of-${organization.name}` }, own);
  await must(200, 'PATCH', `/v0/users/${id}`, { active: false });
  await must(401, 'GET', '/v0/users/me', undefined, own);
  await must(200, 'PATCH', `/v0/users/${id}`, { active: true });
  return { id, token };
}

/** Joins by an identity provider, which puts him into a team, and out of it again; returns his id. */
export async function liveBySso(world: World, organization: Organization, provider: OidcProvider): Promise<string> {
  const providerId = await connect(world, organization, provider, { idp_mapping_enabled: true });
  await mapGroup(world, organization, providerId, 'readers', await predefinedTeam(world, organization, 'Auditor'));
  for (const groups of [['readers'], []]) {
    await provider.setAccount({
      sub: GRACE.subject,
      email: GRACE.email,
      email_verified: true,
      name: GRACE.name,
      groups,
    });
    await ssoLogin(world, organization);
  }
  const [user] = await world.db.query<{ id: string }>('select id from user_account where org_id = $1 and email = $2', [
    organization.id,
    GRACE.email,
  ]);
  if (user === undefined) throw new Error('nobody joined');
  return user.id;
}
