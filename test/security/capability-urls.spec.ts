import { randomUUID } from 'node:crypto';
import { mintSecret } from '@portolan/access';
import { aCapabilityUrl, type CapabilityUrl } from '../e2e/access/capability-url';
import { aShelf, twins, WEATHER, type Shelf } from '../e2e/sub-api/shelf';
import { idsOf, versionPath, type ServerList } from '../e2e/sub-api/wire';
import { call, type Answer } from '../support/http';
import { anotherProcess } from '../support/other-process';
import { aServer, aWorld, type World } from '../support/world';

const READS = [
  'servers',
  'servers?limit=1',
  'servers?search=example&version=latest',
  'servers/com.example%2Fweather/versions',
  'servers/com.example/weather/versions',
  versionPath(WEATHER, 'latest'),
  versionPath(WEATHER, '1.0.0'),
  'servers?limit=0',
  'servers?cursor=broken',
  'servers/com.example%2Fnone/versions',
  versionPath(WEATHER, '9.9.9'),
  'servers/%25ff/versions',
  'health',
  'ping',
];
const WRITES: readonly (readonly [string, string])[] = [
  ['POST', 'publish'],
  ['PUT', versionPath(WEATHER, '1.0.0')],
  ['PATCH', `${versionPath(WEATHER, '1.0.0')}/status`],
  ['PATCH', 'servers/com.example%2Fweather/status'],
  ['DELETE', versionPath(WEATHER, '1.0.0')],
];

describe('A capability URL', () => {
  let world: World;
  let shelf: Shelf;
  let open: Shelf;
  let sibling: Shelf;
  let foreign: Shelf;
  let elsewhere: Shelf;
  let key: CapabilityUrl;
  let addresses = 0;

  // Each from an address of its own: too many failures from one would be answered with 429.
  const get = (path: string, { from, ...headers }: Record<string, string> = {}) => {
    addresses += 1;
    const address = from ?? `198.51.${100 + Math.floor(addresses / 250)}.${1 + (addresses % 250)}`;
    return world.call('GET', path, { headers: { ...headers, 'x-forwarded-for': address } });
  };
  const told = ({ status, masked, headers }: Answer) => {
    const { date: _date, 'x-request-id': _id, ratelimit: _limit, ...rest } = headers;
    return { status, masked, headers: rest };
  };

  beforeAll(async () => {
    world = await aWorld({ TRUSTED_PROXIES: '127.0.0.0/8,::1/128' });
    ({ ours: shelf, theirs: foreign } = await twins(world, 'tools'));
    sibling = await aShelf(world, world.acme, 'sibling');
    elsewhere = await aShelf(world, world.globex, 'elsewhere');
    open = (await twins(world, 'open', { visibility: 'public' })).ours;
    for (const one of [shelf, sibling, open]) await one.publish();
    await shelf.publish({ version: '1.1.0' });
    await shelf.publish({ name: 'com.example/other' });
  });

  beforeEach(async () => {
    await world.db.query('delete from capability_url');
    key = await aCapabilityUrl(world, world.acme, shelf.id);
  });

  afterAll(() => world.close());

  describe('reads', () => {
    it.each(READS)('%s at every base as a member does, byte for byte', async (path) => {
      const basesOf = ({ id, name }: Shelf) => [
        `/registries/${id}`,
        `/v0/registries/${id}`,
        `/o/acme/registries/${name}`,
      ];
      for (const [index, plain] of basesOf(shelf).entries())
        for (const version of ['/v0.1', '/v0', '']) {
          const expected = await world.call('GET', `${plain}${version}/${path}`, { token: world.acme.admin });
          expect(told(await get(`${key.bases[index] ?? ''}${version}/${path}`))).toEqual(told(expected));
        }
    });

    it('the next page by a cursor that came from another base', async () => {
      const first = (await get(`${key.base}/v0.1/servers?limit=1`)).json<ServerList>();
      const cursor = first.metadata.nextCursor ?? '';
      const pages = [
        await get(`${key.bases[2] ?? ''}/v0/servers?limit=1&cursor=${cursor}`),
        await shelf.call('GET', `servers?limit=1&cursor=${cursor}`),
      ];
      expect(pages[0]?.text).toBe(pages[1]?.text);
      expect(idsOf(pages[0]?.json<ServerList>() ?? first)).not.toEqual(idsOf(first));
      expect((await get(`/registries/${sibling.id}/v0.1/servers?cursor=${cursor}`)).status).toBe(401);
    });

    it('for nobody to keep, of a public registry too, and tells no other site of itself', async () => {
      const shown = await aCapabilityUrl(world, world.acme, open.id);
      for (const base of [key.base, shown.base])
        for (const path of ['servers', versionPath(WEATHER, 'latest')]) {
          const { status, headers } = await get(`${base}/v0.1/${path}`, { origin: 'https://example.com' });
          expect([status, headers['cache-control'], headers['referrer-policy']]).toEqual([
            200,
            'private, no-cache',
            'no-referrer',
          ]);
          expect(headers.vary).toContain('Authorization');
          expect(headers['access-control-allow-origin']).toBe('*');
        }
      for (const path of ['servers?limit=0', 'nothing', 'servers/%ff/versions', 'servers/none/versions']) {
        const { status, headers } = await get(`${key.base}/v0.1/${path}`);
        expect(status).toBeGreaterThanOrEqual(400);
        expect([
          path,
          headers['cache-control'],
          headers['referrer-policy'],
          headers['access-control-allow-origin'],
        ]).toEqual([path, 'no-store', 'no-referrer', '*']);
      }
    });

    it('with 304 for whoever has it already', async () => {
      for (const base of key.bases) {
        const { headers } = await get(`${base}/v0.1/servers`);
        const again = await get(`${base}/v0.1/servers`, { 'if-none-match': headers.etag ?? '' });
        expect([again.status, again.text, again.headers['cache-control']]).toEqual([304, '', 'private, no-cache']);
      }
    });

    it.each([
      ['the id in capitals', () => `/registries/${shelf.id.toUpperCase()}~${key.secret}`],
      ['the name of the registry', () => `/registries/tools~${key.secret}`],
      ['an encoded tilde', () => `/registries/${shelf.id}%7E${key.secret}`],
      ['an encoded tilde in small letters', () => `/o/acme/registries/tools%7e${key.secret}`],
      ['the alias of registries', () => `/v0/mcp-registries/${shelf.id}~${key.secret}`],
      ['a slash too many', () => `/registries//${shelf.id}~${key.secret}/`],
    ])('when it is written with %s', async (_, base) => {
      expect((await get(`${base()}/v0.1/servers`)).text).toBe((await shelf.call('GET', 'servers')).text);
    });

    it('whatever credential comes along', async () => {
      const expired = await world.aUser(world.acme, { expired: true });
      for (const authorization of [
        'Bearer gho_0123456789',
        `Bearer ${expired}`,
        `Bearer ${world.globex.admin}`,
        'Basic x',
      ])
        expect((await get(`${key.base}/v0.1/servers`, { authorization })).status).toBe(200);
      expect((await get(`${key.base}/v0.1/servers`, { 'x-api-key': 'nonsense', cookie: 'a=b' })).status).toBe(200);
    });

    it('a description of the registry that holds no secret and still leads back', async () => {
      for (const base of key.bases) {
        const { text } = await get(`${base}/openapi.json`);
        expect(text + (await get(`${base}/openapi.yaml`)).text).not.toContain('ptl_');
        const { servers } = JSON.parse(text) as { servers: { url: string }[] };
        const { pathname } = new URL(servers[0]?.url ?? '', `${world.url}${base}/openapi.json`);
        expect((await get(`${pathname}/v0.1/servers`)).status).toBe(200);
      }
    });
  });

  describe('opens nothing else', () => {
    it.each(WRITES)('takes no %s %s, also not beside a good token', async (method, path) => {
      const before = await shelf.list('?include_deleted=true');
      const body = { ...aServer({ version: '6.6.6' }), status: 'deprecated' };
      for (const token of ['', world.acme.admin])
        for (const base of key.bases) {
          await world.db.query('delete from audit_log');
          const answer = await world.call(method, `${base}/v0.1/${path}`, {
            ...(token === '' ? {} : { token }),
            ...(method === 'DELETE' ? {} : { body }),
          });
          expect([answer.status, answer.json().detail]).toEqual([
            403,
            'You do not have permission to perform this action',
          ]);
          const audited = await world.db.query(
            'select action, principal_type, principal_id, registry_id from audit_log',
          );
          expect(audited).toEqual([
            {
              action: 'permission.deny',
              principal_type: 'capability_url',
              principal_id: key.id,
              registry_id: shelf.id,
            },
          ]);
        }
      expect(await shelf.list('?include_deleted=true')).toEqual(before);
    });

    it.each([
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['GET', '/capability-urls'],
      ['POST', '/capability-urls'],
      ['GET', '/capability-urls/{id}'],
      ['DELETE', '/capability-urls/{id}'],
    ])('not the management API: %s {registry}%s', async (method, below) => {
      const before = await world.db.query('select to_jsonb(r) from registry r order by id');
      const path = (secret: string) => `/v0/registries/${shelf.id}~${secret}${below.replace('{id}', key.id)}`;
      const body = { visibility: 'public', name: 'x' };
      const send = (secret: string, token?: string) =>
        world.call(method, path(secret), {
          ...(token === undefined ? {} : { token }),
          ...(['PATCH', 'POST'].includes(method) ? { body } : {}),
        });
      for (const token of [undefined, world.acme.admin]) {
        expect((await send(key.secret, token)).status).toBe(403);
        expect((await send(mintSecret('cap').text, token)).status).toBe(401);
      }
      expect(await world.db.query('select to_jsonb(r) from registry r order by id')).toEqual(before);
      expect(await world.db.query('select id, revoked_at from capability_url')).toEqual([
        { id: key.id, revoked_at: null },
      ]);
    });

    it('not as a bearer token, an API key or a cookie', async () => {
      for (const headers of [
        { authorization: `Bearer ${key.secret}` },
        { 'x-api-key': key.secret },
        { cookie: `__Host-portolan_session=${key.secret}` },
      ])
        for (const path of [`${shelf.base}/v0.1/servers`, '/v0/registries', '/v0/users/me'])
          expect((await get(path, headers)).status).toBe(401);
    });
  });

  describe('that is no good', () => {
    const wrong: readonly (readonly [string, () => string | Promise<string>])[] = [
      ['an empty secret', () => ''],
      ['garbage', () => 'garbage'],
      ['a second tilde', () => `~${key.secret}`],
      ['a secret of nobody', () => mintSecret('cap').text],
      ['a newline behind it', () => `${key.secret}%0A`],
      ['a space before it', () => `%20${key.secret}`],
      ['a character less', () => key.secret.slice(0, -1)],
      ['a character more', () => `${key.secret}0`],
      ['other letter case', () => key.secret.toUpperCase()],
      ['the right id and another secret', () => forged()],
      ["an administrator's token", () => world.acme.admin],
      ['a secret of a sibling registry', async () => (await aCapabilityUrl(world, world.acme, sibling.id)).secret],
      [
        'a secret of another organization',
        async () => (await aCapabilityUrl(world, world.globex, elsewhere.id)).secret,
      ],
      ['a revoked secret', async () => revoked()],
      ['an expired secret', async () => expired()],
    ];

    // Well-formed and known by its public id: only the hash tells that it is wrong.
    async function forged(): Promise<string> {
      const { id, secret } = await aCapabilityUrl(world, world.acme, shelf.id);
      await world.db.query('update capability_url set hash = $2 where id = $1', [id, mintSecret('cap').hash]);
      return secret;
    }

    async function revoked(): Promise<string> {
      const { id, secret } = await aCapabilityUrl(world, world.acme, shelf.id);
      await world.call('DELETE', `/v0/registries/${shelf.id}/capability-urls/${id}`, { token: world.acme.admin });
      return secret;
    }

    async function expired(): Promise<string> {
      const { id, secret } = await aCapabilityUrl(world, world.acme, shelf.id, { expires_at: '2999-01-01T00:00:00Z' });
      await world.db.query(`update capability_url set expires_at = now() - interval '1 second' where id = $1`, [id]);
      return secret;
    }

    it.each(wrong)('is answered like any other: %s', async (_, secretOf) => {
      const secret = await secretOf();
      for (const path of ['servers', versionPath(WEATHER, 'latest'), versionPath('com.example/none', '1')])
        for (const base of [`/registries/${shelf.id}`, '/v0/registries/tools', '/o/acme/registries/tools']) {
          const expected = await get(`${base}~${mintSecret('cap').text}/v0.1/${path}`);
          expect([expected.status, expected.challenge]).toEqual([
            401,
            'Bearer realm="portolan", error="invalid_token", resource_metadata=*',
          ]);
          expect(told(await get(`${base}~${secret}/v0.1/${path}`))).toEqual(told(expected));
        }
    });

    it('is answered alike where its name means another registry, or none', async () => {
      const bases = [
        `/registries/${sibling.id}`,
        `/registries/${foreign.id}`,
        `/registries/${randomUUID()}`,
        '/registries/sibling',
        '/registries/Tools',
        '/o/acme/registries/sibling',
        `/o/acme/registries/${shelf.id}`,
        '/o/globex/registries/tools',
        '/o/Acme/registries/tools',
        '/o/nobody/registries/tools',
      ];
      const answers = [await get(`${shelf.base}~${mintSecret('cap').text}/v0.1/servers`)];
      for (const base of bases) answers.push(await get(`${base}~${key.secret}/v0.1/servers`));
      const shown = answers.map((answer) => {
        const { 'www-authenticate': _, ...headers } = told(answer).headers;
        return { ...told(answer), headers, challenge: answer.challenge };
      });
      for (const one of shown) expect(one).toEqual(shown[0]);
      expect(shown[0]?.status).toBe(401);
    });

    it('is written down with its reason where its owner is known', async () => {
      const secrets = [await revoked(), await expired(), await forged(), mintSecret('cap').text];
      await world.db.query('delete from audit_log');
      for (const secret of secrets) await get(`${shelf.base}~${secret}/v0.1/servers`);
      await get(`${sibling.base}~${key.secret}/v0.1/servers`);
      const rows = await world.db.query('select org_id, action, kind, result, reason from audit_log order by id');
      expect(rows).toEqual(
        ['revoked', 'expired', 'wrong secret', 'another registry'].map((reason) => ({
          org_id: world.acme.id,
          action: 'capability_url.refuse',
          kind: 'authentication',
          result: 'denied',
          reason,
        })),
      );
    });

    it('ends with its registry', async () => {
      const shortLived = await aShelf(world, world.acme, 'short-lived');
      const { base } = await aCapabilityUrl(world, world.acme, shortLived.id);
      expect((await get(`${base}/v0.1/servers`)).status).toBe(200);
      await world.call('DELETE', `/v0/registries/${shortLived.id}`, { token: world.acme.admin });
      expect((await get(`${base}/v0.1/servers`)).status).toBe(401);
    });

    it('is refused by another API process as soon as it is told', async () => {
      const second = await anotherProcess(world);
      try {
        const { url } = second;
        const path = `${key.base}/v0.1/servers`;
        expect([(await call(url, 'GET', path)).status, (await get(path)).status]).toEqual([200, 200]);
        await world.call('DELETE', `/v0/registries/${shelf.id}/capability-urls/${key.id}`, {
          token: world.acme.admin,
        });
        expect((await get(path)).status).toBe(401);
        await second.told();
        expect((await call(url, 'GET', path)).status).toBe(401);
      } finally {
        await second.close();
      }
    });
  });

  describe('is good only', () => {
    it('from its addresses: else 403, and 401 without the right secret', async () => {
      const { base, secret } = await aCapabilityUrl(world, world.acme, shelf.id, {
        allowed_ips: ['192.0.2.0/28', '2001:db8::/64'],
      });
      const status = async (from: string, path = base) => (await get(`${path}/v0.1/servers`, { from })).status;
      expect(await status('192.0.2.15')).toBe(200);
      expect(await status('::ffff:192.0.2.1')).toBe(200);
      expect(await status('2001:db8::99')).toBe(200);
      await world.db.query('delete from audit_log');
      for (const from of ['192.0.2.16', '2001:db8:0:1::1']) expect(await status(from)).toBe(403);
      expect(await world.db.query('select distinct action, reason from audit_log')).toEqual([
        { action: 'capability_url.refuse', reason: 'address' },
      ]);
      expect(await status('192.0.2.16', base.replace(secret, mintSecret('cap').text))).toBe(401);
    });

    it('from the addresses of its organization as well', async () => {
      const { base } = await aCapabilityUrl(world, world.acme, shelf.id, { allowed_ips: ['192.0.2.0/28'] });
      await world.db.query(
        `update organization set ip_allow_list_enabled = true, allowed_ips = '{192.0.2.8/29,198.51.100.0/24}'
         where name = 'acme'`,
      );
      try {
        const status = async (from: string) => (await get(`${base}/v0.1/servers`, { from })).status;
        expect(await status('192.0.2.9')).toBe(200);
        for (const from of ['192.0.2.1', '198.51.100.1']) expect(await status(from)).toBe(403);
        expect((await get(`${key.base}/v0.1/servers`, { from: '203.0.113.1' })).status).toBe(403);
      } finally {
        await world.db.query(`update organization set ip_allow_list_enabled = false where name = 'acme'`);
      }
    });

    it('while its organization is not suspended: else 403 without the reason', async () => {
      await world.db.query(
        `update organization set state = 'suspended', suspended_reason = 'unpaid' where name = 'acme'`,
      );
      try {
        for (const base of key.bases)
          for (const path of ['servers', versionPath('com.example/none', 'latest')]) {
            const answer = await get(`${base}/v0.1/${path}`);
            expect([answer.status, answer.json().detail]).toEqual([403, 'The organization is suspended']);
          }
        expect((await get(`${shelf.base}~${mintSecret('cap').text}/v0.1/servers`)).status).toBe(401);
      } finally {
        await world.db.query(`update organization set state = 'active', suspended_reason = null where name = 'acme'`);
      }
    });
  });
});
