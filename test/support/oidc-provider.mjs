// A real OpenID provider as a process of its own; test/support/oidc.ts starts it and speaks to /control.
import { createSign, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

// It tells every test that it is a test.
console.warn = console.info = () => undefined;
const { Provider } = await import('oidc-provider');

const [clientId = '', clientSecret = ''] = process.argv.slice(2);
const CALLBACK = /^http:\/\/127\.0\.0\.1:\d+\/v0\/authenticate\/[a-z0-9-]+\/callback$/;
const TOKEN_LIFETIME_SECONDS = 600;

/**
 * @typedef {Record<string, unknown>} Claims
 * @typedef {import('node:http').IncomingMessage} Incoming
 * @typedef {import('node:http').ServerResponse} Outgoing
 */

/** @type {Map<string, Claims>} of every account by its subject */
const accounts = new Map();
/** @type {string | null} who is at the browser: the subject, or null for somebody who declines */
let present = null;
/** @type {WeakMap<object, Claims>} further claims of access tokens that the tests ask for */
const extras = new WeakMap();
/** @type {{ claims: Claims, header: Claims, signature?: string }} what is put over the next ID tokens */
let tampered = { claims: {}, header: {} };

const jwk = (/** @type {string} */ kid) => ({
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
  kid,
  use: 'sig',
  alg: 'RS256',
});
const key = jwk('first');

const server = createServer();
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
const issuer = `http://127.0.0.1:${port}`;

/** @returns {import('oidc-provider').ResourceServer} */
const resourceServer = (/** @type {string} */ audience, /** @type {string} */ scope) => ({
  audience,
  scope,
  accessTokenFormat: 'jwt',
  accessTokenTTL: TOKEN_LIFETIME_SECONDS,
  jwt: { sign: { alg: 'RS256' } },
});

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: clientId,
      client_secret: clientSecret,
      redirect_uris: ['http://127.0.0.1:1/v0/authenticate/acme/callback'],
    },
  ],
  jwks: { keys: [key] },
  cookies: { keys: ['a key of a test'] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups', '_claim_names'] },
  conformIdTokenClaims: false,
  extraTokenClaims: (_ctx, token) => extras.get(token) ?? {},
  pkce: { required: () => true },
  ttl: { AccessToken: TOKEN_LIFETIME_SECONDS, Grant: 3600, IdToken: 600, Interaction: 600, Session: 3600 },
  features: {
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_ctx, indicator) => resourceServer(indicator, 'mcp-registry:read mcp-registry:write'),
    },
  },
  interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
  findAccount: (_ctx, sub) =>
    accounts.has(sub) ? { accountId: sub, claims: () => ({ sub, ...accounts.get(sub) }) } : undefined,
  renderError: (ctx, out) => {
    ctx.type = 'json';
    ctx.body = out;
  },
});

// Each API of the tests listens on a port of its own.
provider.Client.prototype.redirectUriAllowed = (/** @type {string} */ uri) => CALLBACK.test(uri);

provider.use(async (ctx, next) => {
  await next();
  if (ctx.path !== '/token' || typeof ctx.body?.id_token !== 'string') return;
  const [header, payload] = ctx.body.id_token.split('.').slice(0, 2).map(decode);
  const claims = Object.entries({ ...payload, ...tampered.claims }).filter(([, value]) => value !== null);
  ctx.body.id_token = sign({ ...header, ...tampered.header }, Object.fromEntries(claims));
});

/**
 * @param {string} part
 * @returns {Claims}
 */
function decode(part) {
  return JSON.parse(Buffer.from(part, 'base64url').toString());
}

/**
 * @param {Claims} header
 * @param {Claims} payload
 */
function sign(header, payload) {
  const text = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  const signature = createSign('RSA-SHA256').update(text).sign({ key, format: 'jwk' }, 'base64url');
  return `${text}.${tampered.signature ?? signature}`;
}

/**
 * Whoever is present signs in and consents, or declines.
 * @param {Incoming} request
 * @param {Outgoing} response
 */
async function interact(request, response) {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (present === null) return finish(request, response, { error: 'access_denied' });
  if (prompt.name === 'login') return finish(request, response, { login: { accountId: present, remember: false } });
  const accountId = session?.accountId;
  const grant = (await provider.Grant.find(grantId ?? '')) ?? new provider.Grant({ accountId, clientId });
  grant.addOIDCScope(String(params.scope));
  return finish(request, response, { consent: { grantId: await grant.save() } });
}

/**
 * @param {Incoming} request
 * @param {Outgoing} response
 * @param {import('oidc-provider').InteractionResults} result
 */
function finish(request, response, result) {
  return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
}

/**
 * A JWT access token as the provider makes them for a resource.
 * @param {Claims} wanted
 */
async function mint({ sub, aud, scope = '', ...extra }) {
  const client = await provider.Client.find(clientId);
  if (!client) throw new Error('the client is gone');
  const token = new provider.AccessToken({
    accountId: String(sub),
    client,
    scope: String(scope),
    grantId: 'of a test',
    gty: 'authorization_code',
  });
  extras.set(token, extra);
  token.resourceServer = new provider.ResourceServer(String(aud), resourceServer(String(aud), String(scope)));
  token.setAudience(String(aud));
  return token.save();
}

/**
 * @param {Incoming} request
 * @param {Outgoing} response
 * @param {URL} url
 */
async function control(request, response, url) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
  const query = Object.fromEntries(url.searchParams);
  /** @type {Record<string, () => unknown>} */
  const answers = {
    '/control/account': () => {
      const { sub, ...claims } = body;
      accounts.set(sub, claims);
      present = sub;
    },
    '/control/nobody': () => {
      present = null;
    },
    '/control/tamper': () => {
      tampered = { claims: {}, header: {}, ...body };
    },
    '/control/token': () => mint({ ...query, ...(query.groups ? { groups: query.groups.split(',') } : {}), ...body }),
    '/control/sign': () => sign({ alg: 'RS256', typ: 'at+jwt', kid: key.kid, ...body.header }, body.claims),
  };
  const answer = await answers[url.pathname]?.();
  response.writeHead(answers[url.pathname] ? 200 : 404, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ answer: answer ?? null }));
}

const callback = provider.callback();
server.on('request', (request, response) => {
  const url = new URL(request.url ?? '', issuer);
  const fail = (/** @type {Error} */ error) => {
    response.writeHead(500).end(String(error.stack));
  };
  if (url.pathname.startsWith('/control/')) control(request, response, url).catch(fail);
  else if (url.pathname.startsWith('/interaction/')) interact(request, response).catch(fail);
  else void callback(request, response);
});

// The test that started this process is gone when its input ends.
process.stdin.resume().on('end', () => {
  process.exit(0);
});
process.stdout.write(`${JSON.stringify({ issuer })}\n`);
