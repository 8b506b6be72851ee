import { mintSecret } from '@portolan/access';
import { v7 as uuidv7 } from 'uuid';
import type { Answer } from '../support/http';
import { aServer, aWorld, type Organization, type World } from '../support/world';

const LATEST = 'servers/com.example%2Fweather/versions/latest';

function from(address: string) {
  return { 'x-forwarded-for': address };
}

function statuses(answers: readonly Answer[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

function many(count: number, once: (index: number) => Promise<Answer>): Promise<Answer[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => once(index)));
}

/** The secret of a capability URL that opens this registry. */
async function aCapabilityUrl(world: World, { id: orgId }: Organization, registryId: string): Promise<string> {
  const secret = mintSecret('cap');
  await world.db.query(
    `insert into capability_url (org_id, id, registry_id, public_id, name, hash) values ($1, $2, $3, $4, 'url', $5)`,
    [orgId, uuidv7(), registryId, secret.publicId, secret.hash],
  );
  return secret.text;
}

describe('Limits of requests', () => {
  let world: World;
  let address = 0;

  /** An address that no other test uses. */
  const fresh = () => `192.0.2.${(address += 1)}`;
  const me = (token: string, headers = from(fresh())) => world.call('GET', '/v0/users/me', { token, headers });
  const publicRead = (headers: Record<string, string>, token?: string) =>
    world.call('GET', '/o/acme/registries/open/v0.1/servers', token === undefined ? { headers } : { headers, token });
  const limit = (organization: Organization, limits: object) =>
    world.db.query('update organization set rate_limits = $2 where id = $1', [organization.id, JSON.stringify(limits)]);

  beforeAll(async () => {
    // So slow that nothing fills while the tests run.
    world = await aWorld({
      TRUSTED_PROXIES: '127.0.0.1',
      RATE_LIMIT_READ: '0.01/5',
      RATE_LIMIT_SEARCH: '0.01/3',
    });
    for (const organization of [world.acme, world.globex]) {
      await world.aRegistry(organization, 'open', { visibility: 'public' });
      await world.publish(organization, 'open', aServer());
    }
  });

  afterAll(() => world.close());

  it('answer 429 with when to come again, and what the limit is', async () => {
    const token = await world.aUser(world.acme);
    expect(statuses(await many(5, () => me(token)))).toEqual({ 200: 5 });
    const answer = await me(token);
    expect(answer.status).toBe(429);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'retry-after': '100',
      ratelimit: '"read";r=0;t=500',
      'ratelimit-policy': '"read";q=5;w=500',
    });
    expect(answer.json()).toMatchObject({ type: 'urn:portolan:error:rate_limited', status: 429 });
  });

  it('hold under 50 parallel requests', async () => {
    const token = await world.aUser(world.acme);
    expect(statuses(await many(50, () => me(token)))).toEqual({ 200: 5, 429: 45 });
  });

  it('follow a principal from address to address and are its own', async () => {
    const [one, two] = [await world.aUser(world.acme), await world.aUser(world.acme)];
    expect(statuses(await many(8, () => me(one)))).toEqual({ 200: 5, 429: 3 });
    expect(statuses(await many(8, () => me(two)))).toEqual({ 200: 5, 429: 3 });
  });

  it('count who shows no credential by address, IPv6 by /64', async () => {
    const headers = from(fresh());
    expect(statuses(await many(8, () => publicRead(headers)))).toEqual({ 200: 5, 429: 3 });
    expect((await publicRead(from(fresh()))).status).toBe(200);
    const network = (index: number) => publicRead(from(`2001:db8:1:2::${index.toString(16)}`));
    expect(statuses(await many(8, network))).toEqual({ 200: 5, 429: 3 });
    expect((await publicRead(from('2001:db8:1:3::1'))).status).toBe(200);
  });

  it('do not count a member by the address where strangers have used theirs up', async () => {
    const headers = from(fresh());
    await many(8, () => publicRead(headers));
    expect((await publicRead(headers, await world.aUser(world.acme))).status).toBe(200);
  });

  it('count what is not there once, known caller or not', async () => {
    const token = await world.aUser(world.acme);
    const missing = (index: number) => `/o/acme/registries/open/v0.1/servers/com.example%2Fnone-${index}/versions`;
    const headers = from(fresh());
    const read = (index: number) => world.call('GET', missing(index), { token, headers });
    // The first makes the caller known.
    expect((await read(0)).status).toBe(404);
    expect(statuses(await many(7, (index) => read(index + 1)))).toEqual({ 404: 4, 429: 3 });
  });

  it('count a capability URL for each address that uses it', async () => {
    const registryId = await world.aRegistry(world.acme, 'hidden');
    await world.publish(world.acme, 'hidden', aServer());
    const secret = await aCapabilityUrl(world, world.acme, registryId);
    const read = (headers: Record<string, string>) =>
      world.call('GET', `/registries/${registryId}~${secret}/v0.1/servers`, { headers });
    const [here, there] = [from(fresh()), from(fresh())];
    expect(statuses(await many(8, () => read(here)))).toEqual({ 200: 5, 429: 3 });
    expect(statuses(await many(8, () => read(there)))).toEqual({ 200: 5, 429: 3 });
  });

  it('keep searches and changes apart from reads', async () => {
    const headers = from(fresh());
    const search = () => world.call('GET', '/o/acme/registries/open/v0.1/servers?search=weather', { headers });
    const answers = await many(6, search);
    expect(statuses(answers)).toEqual({ 200: 3, 429: 3 });
    expect(answers.find(({ status }) => status === 429)?.headers['ratelimit-policy']).toBe('"search";q=3;w=300');
    expect(statuses(await many(5, () => publicRead(headers)))).toEqual({ 200: 5 });
    const validate = () => world.call('POST', '/o/acme/registries/open/v0.1/validate', { headers, body: aServer() });
    expect(statuses(await many(10, validate))).toEqual({ 200: 10 });
  });

  it('let a page of another origin read why it was refused', async () => {
    const headers = { ...from(fresh()), origin: 'https://page.example.com' };
    await many(5, () => publicRead(headers));
    const answer = await publicRead(headers);
    expect(answer.status).toBe(429);
    expect(answer.headers['access-control-allow-origin']).toBe('*');
    const exposed = String(answer.headers['access-control-expose-headers']).split(/, */);
    expect(exposed).toEqual(expect.arrayContaining(['RateLimit', 'RateLimit-Policy', 'Retry-After']));
  });

  it.each([
    '/livez',
    '/readyz',
    '/docs',
    '/openapi.json',
    '/o/acme/registries/open/openapi.json',
    '/o/acme/registries/open/v0.1/health',
    '/o/acme/registries/open/v0.1/ping',
    '/o/acme/registries/open/v0/version',
  ])('leave %s alone', async (path) => {
    const headers = from(fresh());
    expect(statuses(await many(30, () => world.call('GET', path, { headers })))).toEqual({ 200: 30 });
  });

  it('of an organization are its own from the next request on, and slow no other', async () => {
    const [member, stranger] = [await world.aUser(world.acme), await world.aUser(world.globex)];
    try {
      await limit(world.acme, { read: { per_second: 0.01, burst: 1 } });
      expect(statuses(await many(6, () => me(member)))).toEqual({ 200: 1, 429: 5 });
      expect(statuses(await many(6, () => me(stranger)))).toEqual({ 200: 5, 429: 1 });
      await limit(world.acme, { read: { per_second: 0.01, burst: 40 } });
      const another = await world.aUser(world.acme);
      expect(statuses(await many(50, () => me(another)))).toEqual({ 200: 40, 429: 10 });
    } finally {
      await limit(world.acme, {});
    }
    const last = await world.aUser(world.acme);
    expect(statuses(await many(8, () => me(last)))).toEqual({ 200: 5, 429: 3 });
  });
});

describe('Limits of requests, as they are by default', () => {
  let world: World;

  beforeAll(async () => {
    world = await aWorld();
    await world.aRegistry(world.acme, 'open', { visibility: 'public' });
    await world.publish(world.acme, 'open', aServer());
  });

  afterAll(() => world.close());

  it('let 500 parallel reads of a latest version from one address pass', async () => {
    const read = () => world.call('GET', `/o/acme/registries/open/v0.1/${LATEST}`);
    expect(statuses(await many(500, read))).toEqual({ 200: 500 });
  });

  it('let 500 parallel reads with one token pass', async () => {
    const token = await world.aSystemAccount(world.acme, [{ role: 'Viewer', on: '*' }]);
    const read = () => world.call('GET', `/registries/open/v0.1/${LATEST}`, { token });
    expect(statuses(await many(500, read))).toEqual({ 200: 500 });
  });
});
