import { v7 as uuidv7 } from 'uuid';
import type { Answer } from '../support/http';
import type { OidcProvider } from '../support/oidc';
import type { Organization, World } from '../support/world';
import { Browser, type Visit } from './browser';

/** Has an organization sign in at a provider, as its administrator would; returns the id of the identity provider. */
export async function connect(
  world: World,
  organization: Organization,
  provider: OidcProvider,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const { id } = await call<{ id: string }>(world, organization, 'POST', '/v0/identity-providers', {
    type: 'oidc',
    enabled: true,
    config: configOf(provider),
  });
  await call(world, organization, 'PATCH', '/v0/authentication-settings', { oidc_auth_enabled: true, ...settings });
  return id;
}

export function configOf({ issuer, clientId, clientSecret }: OidcProvider): Record<string, unknown> {
  return { issuer_url: issuer, client_id: clientId, client_secret: clientSecret };
}

/** Maps a group of the provider to a team. */
export async function mapGroup(
  world: World,
  organization: Organization,
  providerId: string,
  group: string,
  teamId: string,
): Promise<string> {
  const path = `/v0/identity-providers/${providerId}/team-group-mappings`;
  return (await call<{ id: string }>(world, organization, 'POST', path, { group, team_id: teamId })).id;
}

/** An identity provider past the API, which nobody can sign in at. */
export async function aProvider(world: World, organization: Organization, enabled = false): Promise<string> {
  const id = uuidv7();
  await world.db.query(
    `insert into identity_provider (org_id, id, type, enabled, config, client_secret_sealed)
     values ($1, $2, 'oidc', $3, $4, 'v1.none')`,
    [
      organization.id,
      id,
      enabled,
      JSON.stringify({
        issuer_url: 'https://idp.example.com',
        client_id: 'portolan',
        scopes: ['openid'],
        claim_mappings: { name: 'name', email: 'email', groups: 'groups' },
      }),
    ],
  );
  return id;
}

export function startUrl(world: World, organization: Organization, returnTo?: string): string {
  const query = returnTo === undefined ? '' : `?return_to=${encodeURIComponent(returnTo)}`;
  return `${world.url}/v0/authenticate/${organization.name}${query}`;
}

/** Goes through the whole login, up to the answer of the callback. */
export async function ssoLogin(
  world: World,
  organization: Organization,
  browser = new Browser(),
  returnTo = '/v0/sessions/me',
): Promise<Visit> {
  const callback = await upToCallback(world, organization, browser, returnTo);
  const answer = await browser.send('GET', callback);
  return { ...answer, url: callback };
}

/** Goes through the login up to the URL that the provider sends the browser back to, which is not visited yet. */
export async function upToCallback(
  world: World,
  organization: Organization,
  browser: Browser,
  returnTo?: string,
): Promise<string> {
  const visit = await browser.visit(startUrl(world, organization, returnTo), (url) => url.includes('/callback?'));
  if (!visit.url.includes('/callback?')) throw new Error(`${visit.url} answered ${visit.status}: ${visit.text}`);
  return visit.url;
}

/** Has an invited person begin his login by the link of his invite; up to the URL that the provider sends him back to. */
export async function inviteUpToCallback(world: World, token: string, browser: Browser): Promise<string> {
  const started = await browser.send('POST', `${world.url}/v0/invites/accept/oidc`, { body: { token } });
  if (started.status !== 200) throw new Error(`the login by invite answered ${started.status}: ${started.text}`);
  return (await browser.visit(started.json<{ url: string }>().url, (url) => url.includes('/callback?'))).url;
}

/** Goes through the whole login of an invited person, up to the answer of the callback. */
export async function joinBySso(world: World, token: string, browser = new Browser()): Promise<Answer> {
  return browser.send('GET', await inviteUpToCallback(world, token, browser));
}

async function call<T>(
  world: World,
  { admin: token }: Organization,
  method: string,
  path: string,
  body: unknown,
): Promise<T> {
  const answer = await world.call(method, path, { token, body });
  if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
  return answer.json<T>();
}
