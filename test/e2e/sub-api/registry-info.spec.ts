import { randomUUID } from 'node:crypto';
import { parse } from 'yaml';
import { aWorld, type World } from '../../support/world';
import { twins, type Shelf } from './shelf';

describe('registry-info: health, ping, version and openapi below {B}', () => {
  let world: World;
  let ours: Shelf;

  beforeAll(async () => {
    world = await aWorld();
    ({ ours } = await twins(world, 'main'));
  });

  afterAll(() => world.close());

  describe('works', () => {
    it.each(['v0.1', 'v0'])('answers health, ping and version below %s', async (version) => {
      const get = async (path: string) => {
        const answer = await world.call('GET', `${ours.base}/${version}/${path}`);
        expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json']);
        return answer;
      };
      expect((await get('health')).text).toBe('{"status":"ok"}\n');
      expect((await get('ping')).text).toBe('{"pong":true}\n');
      expect((await get('version')).json()).toEqual({
        version: expect.any(String) as string,
        git_commit: expect.any(String) as string,
        build_time: expect.any(String) as string,
      });
    });

    it('describes itself in JSON and in YAML alike', async () => {
      const json = await world.call('GET', `${ours.base}/openapi.json`);
      const yaml = await world.call('GET', `${ours.base}/openapi.yaml`);
      expect([json.status, json.headers['content-type']]).toEqual([200, 'application/openapi+json']);
      expect([yaml.status, yaml.headers['content-type']]).toEqual([200, 'application/openapi+yaml']);
      expect(parse(yaml.text)).toEqual(json.json());
      expect(json.json()).toMatchObject({ openapi: '3.1.0', servers: [{ url: ours.base }] });
    });

    it.each(['/registries/main', '/v0/registries/main', '/v0/mcp-registries/main', '/o/acme/registries/main'])(
      'names %s as the base when it is asked there',
      async (base) => {
        for (const path of [`${base}/openapi.json`, `${base}/openapi.json/`, `${base}//openapi.json?x=/openapi.json`]) {
          const answer = await world.call('GET', path);
          expect(answer.json()).toMatchObject({ servers: [{ url: base }] });
        }
      },
    );

    it('answers HEAD', async () => {
      for (const path of ['v0/health', 'v0.1/ping', 'v0/version', 'openapi.json', 'openapi.yaml']) {
        const head = await world.call('HEAD', `${ours.base}/${path}`);
        expect([head.status, head.text]).toEqual([200, '']);
      }
    });
  });

  describe('rejects bad input', () => {
    it('answers 405 with Allow to another method', async () => {
      for (const path of ['v0.1/health', 'openapi.json']) {
        const answer = await world.call('POST', `${ours.base}/${path}`, { body: {} });
        expect(answer.status).toBe(405);
        expect(answer.headers.allow).toBe('GET, HEAD, OPTIONS');
        expect(answer.json()).toMatchObject({ title: 'Method Not Allowed', status: 405 });
      }
    });

    it('answers 404 to a route that is not there', async () => {
      for (const path of ['v0.1/nothing', 'v0.1/servers/com.example%2Fweather', 'v0.2/servers', 'openapi.xml']) {
        const answer = await world.call('GET', `${ours.base}/${path}`);
        expect(answer.status).toBe(404);
        expect(answer.json().detail).toBe('Endpoint not found. See /docs for the API documentation.');
      }
    });
  });

  describe('hides other organizations', () => {
    it('answers alike for a private registry of anybody and for one that is not there', async () => {
      for (const path of ['v0/health', 'v0/ping', 'v0/version']) {
        const known = await world.call('GET', `${ours.base}/${path}`);
        const missing = await world.call('GET', `/registries/${randomUUID()}/${path}`);
        const foreign = await world.call('GET', `/o/globex/registries/main/${path}`, { token: world.acme.admin });
        expect([missing.text, foreign.text]).toEqual([known.text, known.text]);
      }
    });
  });
});
