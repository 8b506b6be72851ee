import { connect } from 'node:net';
import { aCapabilityUrl } from '../e2e/access/capability-url';
import { WEATHER } from '../e2e/sub-api/shelf';
import { versionPath } from '../e2e/sub-api/wire';
import { TOLD } from '../support/told';
import { aServer, aWorld, type World } from '../support/world';

describe('The secret of a capability URL', () => {
  let world: World;
  let id: string;
  let logged: string[];
  const seen: string[] = [];

  /** One request, of whose answer everything is kept. */
  const ask = async (method: string, path: string, options: Parameters<World['call']>[2] = {}) => {
    const answer = await world.call(method, path, options);
    seen.push(`${JSON.stringify(answer.headers)} ${answer.text}`);
    return answer.status;
  };

  /** The secret itself, and each of its parts that is not the same in every secret. */
  const expectNowhere = async (secret: string) => {
    const audited = await world.db.query<{ text: string }>(`select to_jsonb(told)::text as text from ${TOLD}`);
    expect(audited.length).toBeGreaterThan(0);
    const places = {
      answers: seen.join('\n'),
      logs: logged.join('\n'),
      audit: audited.map(({ text }) => text).join('\n'),
    };
    for (const [place, text] of Object.entries(places))
      for (const part of secret.split('_').slice(2))
        expect([place, part, text.includes(part)]).toEqual([place, part, false]);
  };

  beforeAll(async () => {
    logged = [];
    for (const stream of [process.stdout, process.stderr])
      jest.spyOn(stream, 'write').mockImplementation((chunk) => {
        logged.push(String(chunk));
        return true;
      });
    world = await aWorld({ LOG_LEVEL: 'debug' });
    id = await world.aRegistry(world.acme, 'tools');
    await world.publish(world.acme, id, aServer());
  });

  beforeEach(async () => {
    await world.db.query('delete from audit_log');
    seen.length = 0;
  });

  afterAll(async () => {
    await world.close();
    jest.restoreAllMocks();
  });

  it('is in no log, no audit row and no answer but the one that made it', async () => {
    const { id: urlId, secret, bases } = await aCapabilityUrl(world, world.acme, id);
    const oneBase = bases[0] ?? '';
    const statuses = new Set<number>();
    for (const base of [...bases, oneBase.replace('~', '%7E'), oneBase.replace('~', '%257E')])
      for (const [method, path, body] of [
        ['GET', 'v0.1/servers'],
        ['HEAD', 'v0.1/servers'],
        ['OPTIONS', 'v0.1/servers'],
        ['GET', 'v0.1/servers?cursor=broken'],
        ['GET', 'v0.1/servers?limit=0'],
        ['GET', `v0.1/servers?search=${secret}`],
        ['GET', `v0.1/${versionPath(WEATHER, 'latest')}`],
        ['GET', `v0.1/${versionPath('com.example/none', 'latest')}`],
        ['GET', 'v0.1/nothing'],
        ['GET', 'v0.1/servers/%ff/versions'],
        ['GET', 'v0.1/servers/%00/versions'],
        ['GET', `v0.1/servers/${'n'.repeat(5_001)}/versions`],
        ['GET', 'openapi.json'],
        ['GET', 'openapi.yaml'],
        ['POST', 'v0.1/publish', '{"name":'],
        ['POST', 'v0.1/publish', JSON.stringify(aServer())],
        ['POST', 'v0.1/publish', `"${'x'.repeat(1_050_000)}"`],
        ['PUT', 'v0.1/servers'],
        ['GET', ''],
        ['DELETE', ''],
        ['GET', 'capability-urls'],
      ] as const)
        statuses.add(
          await ask(method, `${base}/${path}`, {
            token: world.acme.admin,
            headers: { 'content-type': 'application/json' },
            ...(body === undefined ? {} : { raw: body }),
          }),
        );
    for (const base of bases) statuses.add(await ask('GET', `/.well-known/oauth-protected-resource${base}`));
    for (const path of ['', `/${urlId}`])
      statuses.add(await ask('GET', `/v0/registries/${id}/capability-urls${path}`, { token: world.acme.admin }));
    statuses.add(await ask('GET', '/v0/audit-logs', { token: world.acme.admin }));
    await ask('DELETE', `/v0/registries/${id}/capability-urls/${urlId}`, { token: world.acme.admin });
    for (const base of bases) statuses.add(await ask('GET', `${base}/v0.1/servers`));
    expect([...statuses].sort()).toEqual([200, 204, 400, 401, 403, 404, 405, 413, 422]);
    await expectNowhere(secret);
  });

  it('is written down nowhere when it stands where it does not belong', async () => {
    const { secret } = await aCapabilityUrl(world, world.acme, id);
    for (const path of [
      `/registries/${secret}/v0.1/servers`,
      `/registries/${id}/${secret}/v0.1/servers`,
      `/v0/registries/${secret}`,
      `/o/${secret}/registries/tools/v0.1/servers`,
      `/o/acme~${secret}/registries/tools/v0.1/servers`,
      `/.well-known/oauth-protected-resource/o/acme~${secret}/registries/${secret}`,
      `/registries/${id}/v0.1/servers?key=${secret}`,
      `/${secret}`,
    ])
      for (const token of [undefined, await world.aUser(world.acme)])
        await ask('GET', path, token === undefined ? {} : { token });
    await expectNowhere(secret);
  });

  it('is in no log and no answer when the database fails or the request is none', async () => {
    const { base, secret } = await aCapabilityUrl(world, world.acme, id);
    await world.db.query('alter view version_document rename to version_document_away');
    try {
      expect(await ask('GET', `${base}/v0.1/servers`)).toBe(500);
    } finally {
      await world.db.query('alter view version_document_away rename to version_document');
    }
    await world.db.query('alter table capability_url rename to capability_url_away');
    try {
      expect(await ask('GET', `${base}/v0.1/servers`)).toBe(500);
    } finally {
      await world.db.query('alter table capability_url_away rename to capability_url');
    }
    expect(logged.join('')).toContain('does not exist');
    for (const head of [
      `GET ${base}/v0.1/servers HTTP/9.9`,
      `GET ${base} x HTTP/1.1`,
      `GET ${base}/${'x'.repeat(20_000)} HTTP/1.1`,
    ])
      seen.push(await spoken(world.url, `${head}\r\nHost: x\r\n\r\n`));
    expect(seen.slice(-3).map((text) => text.slice(0, 12))).toEqual(['HTTP/1.1 400', 'HTTP/1.1 400', 'HTTP/1.1 431']);
    await expectNowhere(secret);
  });
});

/** What a server answers to bytes that no HTTP client would send. */
function spoken(origin: string, text: string): Promise<string> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.end(text));
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('end', () => {
      resolve(answer);
    });
    socket.on('error', reject);
  });
}
