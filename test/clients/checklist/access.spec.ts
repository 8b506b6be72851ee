import { twins, WEATHER, type Shelf } from '../../e2e/sub-api/shelf';
import { versionPath, type Problem, type ServerList } from '../../e2e/sub-api/wire';
import { aServer, aWorld, type World } from '../../support/world';
import { VsCodeGallery } from '../vs-code';

const ORIGIN = { origin: 'vscode-file://vscode-app' };
const LATEST = versionPath(WEATHER, 'latest');

describe('access', () => {
  let world: World;
  let open: Shelf;
  let closed: Shelf;
  let foreign: Shelf;

  beforeAll(async () => {
    world = await aWorld();
    open = (await twins(world, 'open', { visibility: 'public' })).ours;
    ({ ours: closed, theirs: foreign } = await twins(world, 'closed'));
    await open.publish();
    await closed.publish();
  });

  afterAll(() => world.close());

  describe('errors', () => {
    it('53. answers 404 in JSON, with CORS, to a name that is not there', async () => {
      const answer = await open.call('GET', versionPath('com.example/none', 'latest'), { token: '', headers: ORIGIN });
      expect([answer.status, answer.headers['content-type']]).toEqual([404, 'application/problem+json']);
      expect(answer.json().detail).toBe('Server not found');
      expect(answer.headers['access-control-allow-origin']).toBe('*');
      expect(await new VsCodeGallery(world.url, open.base).latest('com.example/none')).toBeUndefined();
    });

    it('54. never answers 404 for want of a credential or for a suspended organization', async () => {
      const expired = await world.aUser(world.acme, { expired: true });
      const revoked = await world.aUser(world.acme, { revoked: true });
      for (const token of ['', 'nonsense', expired, revoked])
        expect((await closed.call('GET', LATEST, { token })).status).toBe(401);
      await world.db.query(`update organization set state = 'suspended' where name = 'acme'`);
      try {
        expect((await closed.call('GET', LATEST)).status).toBe(403);
        expect((await open.call('GET', LATEST, { token: '' })).status).toBe(403);
      } finally {
        await world.db.query(`update organization set state = 'active' where name = 'acme'`);
      }
    });

    it('55. answers a wrong cursor or limit with 4xx in JSON', async () => {
      for (const query of ['cursor=%F0%9F%92%A9', 'cursor=eyJhIjoxfQ', 'limit=many', 'limit=-5']) {
        const answer = await open.call('GET', `servers?${query}`, { token: '' });
        expect([400, 422]).toContain(answer.status);
        expect(answer.json<Problem>().status).toBe(answer.status);
      }
    });

    it('56. names the Bearer scheme in WWW-Authenticate', async () => {
      const answer = await closed.call('GET', 'servers', { token: '' });
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer /);
      expect(answer.headers['access-control-expose-headers']).toContain('WWW-Authenticate');
    });

    it('58. says why in the text of an error', async () => {
      const answers = [
        await closed.call('GET', 'servers', { token: '' }),
        await closed.call('GET', versionPath('com.example/none', '1')),
        await closed.call('POST', 'publish', { body: aServer() }),
        await closed.call('GET', 'nothing'),
        await closed.call('DELETE', 'servers'),
      ];
      for (const answer of answers) expect(answer.json<Problem>().detail).toMatch(/[a-z]{4}/);
      expect(answers.map(({ status }) => status)).toEqual([401, 404, 400, 404, 405]);
    });
  });

  describe('CORS', () => {
    it('59. answers a preflight without a credential', async () => {
      for (const path of ['servers', LATEST, 'publish'])
        for (const base of [open.base, closed.base, '/registries/nowhere', '/o/acme/registries/closed']) {
          const answer = await world.call('OPTIONS', `${base}/v0.1/${path}`, {
            headers: { ...ORIGIN, 'access-control-request-method': 'GET' },
          });
          expect([200, 204]).toContain(answer.status);
          expect(answer.headers['access-control-allow-origin']).toBe('*');
        }
    });

    it('60. allows every origin to read every answer, errors too', async () => {
      const paths: readonly (readonly [Shelf, string, number])[] = [
        [open, 'servers', 200],
        [open, 'health', 200],
        [open, 'servers?limit=0', 422],
        [open, 'servers?cursor=x', 400],
        [open, 'servers/%ff/versions', 400],
        [open, 'servers/%00/versions', 400],
        [open, `servers/${'n'.repeat(5_001)}/versions`, 404],
        [open, versionPath('com.example/none', 'latest'), 404],
        [open, 'nothing', 404],
        [open, 'publish', 405],
        [closed, 'servers', 401],
      ];
      for (const [shelf, path, status] of paths) {
        const answer = await shelf.call('GET', path, { token: '', headers: ORIGIN });
        expect([path, answer.status, answer.headers['access-control-allow-origin']]).toEqual([path, status, '*']);
      }
      for (const path of ['openapi.json', 'openapi.yaml', 'servers', 'v0/servers'])
        expect((await world.call('GET', `${open.base}/${path}`)).headers['access-control-allow-origin']).toBe('*');
    });

    it('61. allows the methods and headers that clients send', async () => {
      const { headers } = await world.call('OPTIONS', `${open.base}/v0.1/servers`, {
        headers: {
          ...ORIGIN,
          'access-control-request-method': 'PATCH',
          'access-control-request-headers': 'authorization',
        },
      });
      const listed = (name: string) => String(headers[name]).split(/, */);
      expect(listed('access-control-allow-methods')).toEqual(
        expect.arrayContaining(['GET', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE']) as string[],
      );
      expect(listed('access-control-allow-headers')).toEqual(
        expect.arrayContaining(['Authorization', 'Content-Type', 'If-None-Match']) as string[],
      );
    });

    it('62. never allows credentials of the browser', async () => {
      for (const method of ['GET', 'OPTIONS']) {
        const { headers } = await world.call(method, `${open.base}/v0.1/servers`, {
          headers: { ...ORIGIN, 'access-control-request-method': 'GET' },
        });
        expect(headers['access-control-allow-credentials']).toBeUndefined();
      }
    });

    it('63. holds for single versions as for lists', async () => {
      for (const path of [LATEST, versionPath(WEATHER, '1.0.0'), 'servers/com.example%2Fweather/versions']) {
        const answer = await open.call('GET', path, { token: '', headers: ORIGIN });
        expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, '*']);
      }
    });

    it('does not open the management API to other origins', async () => {
      const answer = await world.call('GET', '/v0/registries', { token: world.acme.admin, headers: ORIGIN });
      expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, undefined]);
    });
  });

  describe('auth and tenancy', () => {
    it('64. serves a public registry without a credential', async () => {
      expect(await new VsCodeGallery(world.url, open.base).all()).toMatchObject([{ name: WEATHER }]);
    });

    it('65. serves a public registry whatever credential comes along', async () => {
      const expired = await world.aUser(world.acme, { expired: true });
      const credentials = [
        `Bearer ${expired}`,
        'Bearer gho_0123456789abcdef',
        'Basic dTpw',
        `Bearer ${world.globex.admin}`,
      ];
      for (const authorization of credentials)
        for (const path of ['servers', LATEST]) {
          const answer = await open.call('GET', path, { token: '', headers: { authorization } });
          expect([authorization, answer.status]).toEqual([authorization, 200]);
        }
    });

    it('66. answers 401 for a private registry without a credential', async () => {
      expect((await closed.call('GET', LATEST, { token: '' })).status).toBe(401);
      await expect(new VsCodeGallery(world.url, closed.base).all()).rejects.toThrow('Server returned 401');
    });

    it('67. serves a private registry to a static bearer token', async () => {
      const token = await world.aSystemAccount(world.acme, [{ role: 'Viewer', on: closed.id }]);
      expect((await closed.call('GET', 'servers', { token })).json<ServerList>().metadata.count).toBe(1);
    });

    it('70. gives the token of one registry nothing of another', async () => {
      const token = await world.aSystemAccount(world.acme, [{ role: 'Viewer', on: open.id }]);
      for (const shelf of [closed, foreign])
        for (const path of ['servers', LATEST, 'servers/com.example%2Fweather/versions']) {
          const answer = await shelf.call('GET', path, { token });
          expect([answer.status, answer.json().detail]).toEqual([404, 'Registry not found']);
        }
    });
  });
});
