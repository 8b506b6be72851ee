import { mintSecret } from '@portolan/access';
import { SystemDb } from '@portolan/db';
import type { Answer } from '../support/http';
import { aServer, aWorld, type World } from '../support/world';

const ATTEMPTS = 10_000;
const PARALLEL = 20;

/** Asks so many times, a few at once, and counts the answers. */
async function attack(once: (index: number) => Promise<Answer>): Promise<Map<number, Answer[]>> {
  const answers = new Map<number, Answer[]>();
  let next = 0;
  const attacker = async () => {
    while (next < ATTEMPTS) {
      const answer = await once((next += 1));
      const alike = answers.get(answer.status) ?? [];
      alike.push(answer);
      answers.set(answer.status, alike);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, attacker));
  return answers;
}

describe('Wrong credentials', () => {
  let world: World;
  let address = 0;

  const fresh = () => ({ 'x-forwarded-for': `192.0.2.${(address += 1)}` });
  const me = (token: string, headers: Record<string, string>) => world.call('GET', '/v0/users/me', { token, headers });
  const wrong = () => mintSecret('pat').text;

  async function wearOut(headers: Record<string, string>): Promise<void> {
    for (let index = 0; index < 100; index += 1) expect((await me(wrong(), headers)).status).toBe(401);
  }

  beforeAll(async () => {
    world = await aWorld({
      TRUSTED_PROXIES: '127.0.0.1',
      RATE_LIMIT_READ: '100000/1000000',
      RATE_LIMIT_WRITE: '100000/1000000',
    });
    await world.aRegistry(world.acme, 'open', { visibility: 'public' });
    await world.aRegistry(world.acme, 'hidden');
    await world.publish(world.acme, 'open', aServer());
  });

  afterAll(() => world.close());

  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('with a bad checksum are refused 10,000 times with 401 and without one question to the database', async () => {
    const questions = jest.spyOn(world.app.get(SystemDb, { strict: false }), 'call');
    const headers = fresh();
    const answers = await attack(() => me(`${wrong().slice(0, -6)}000000`, headers));
    expect([...answers].map(([status, { length }]) => [status, length])).toEqual([[401, ATTEMPTS]]);
    expect(questions).not.toHaveBeenCalled();
  });

  it('with a good checksum are refused with 401, then 429, while a good token goes on', async () => {
    const headers = fresh();
    const good = await world.aUser(world.acme);
    expect((await me(good, headers)).status).toBe(200);
    const goodAnswers: number[] = [];
    const questions = jest.spyOn(world.app.get(SystemDb, { strict: false }), 'call');
    const startedAt = performance.now();
    const answers = await attack(async (index) => {
      if (index % 100 === 0) goodAnswers.push((await me(good, headers)).status);
      return me(wrong(), headers);
    });
    const seconds = Math.ceil((performance.now() - startedAt) / 1_000);

    expect([...answers.keys()].sort()).toEqual([401, 429]);
    const looked = answers.get(401)?.length ?? 0;
    expect(looked).toBeGreaterThanOrEqual(100);
    // One token a second comes back, and all who ask at that moment may see it.
    expect(looked).toBeLessThanOrEqual(100 + PARALLEL * (seconds + 1));
    expect(questions.mock.calls.length).toBeLessThanOrEqual(looked + goodAnswers.length);
    expect(goodAnswers).toEqual(Array<number>(100).fill(200));
    for (const { headers: told } of answers.get(429) ?? []) {
      expect(told['retry-after']).toMatch(/^([1-9]|10)$/);
      expect(told['ratelimit-policy']).toMatch(/^"failures";q=/);
      expect(told['www-authenticate']).toBeUndefined();
    }
  });

  it('stop their own address and no other', async () => {
    const [here, there] = [fresh(), fresh()];
    await wearOut(here);
    expect((await me(wrong(), here)).status).toBe(429);
    expect((await me(wrong(), there)).status).toBe(401);
    expect((await me(world.globex.admin, there)).status).toBe(200);
  });

  it('leave public registries readable, and say 429 where it would have been 401', async () => {
    const headers = fresh();
    await wearOut(headers);
    const read = (registry: string) =>
      world.call('GET', `/o/acme/registries/${registry}/v0.1/servers`, { token: wrong(), headers });
    const [open, hidden] = [await read('open'), await read('hidden')];
    expect([open.status, open.json<{ servers: object[] }>().servers]).toEqual([200, [expect.any(Object)]]);
    expect([hidden.status, (await read('missing')).masked]).toEqual([429, hidden.masked]);
  });

  it('are told from no credential at all, which is 401 at any time', async () => {
    const headers = fresh();
    await wearOut(headers);
    expect((await world.call('GET', '/v0/users/me', { headers })).status).toBe(401);
  });

  it('in the path of a capability URL count like others', async () => {
    const headers = fresh();
    await wearOut(headers);
    const path = `/o/acme/registries/hidden~${mintSecret('cap').text}/v0.1/servers`;
    expect((await world.call('GET', path, { headers })).status).toBe(429);
    expect((await world.call('GET', path, { headers: fresh() })).status).toBe(401);
  });

  it('shown again and again are slowed sooner, and a good token beside them is not', async () => {
    const headers = fresh();
    const expired = await world.aUser(world.acme, { expired: true });
    for (let index = 0; index < 20; index += 1) expect((await me(expired, headers)).status).toBe(401);
    const answer = await me(expired, headers);
    expect([answer.status, answer.headers['ratelimit-policy']]).toEqual([429, '"failures";q=20;w=200']);
    expect((await me(await world.aUser(world.acme), headers)).status).toBe(200);
  });

  it('are not what a revoked token is taken for as long as it was good a moment ago', async () => {
    const headers = fresh();
    const token = await world.aUser(world.acme);
    expect((await me(token, headers)).status).toBe(200);
    await wearOut(headers);
    expect((await me(token, headers)).status).toBe(200);
    await world.db.query(`update access_token set revoked_at = now() where public_id = $1`, [token.slice(8, 20)]);
    expect((await me(token, headers)).status).toBe(401);
    expect((await me(token, headers)).status).toBe(429);
  });
});
