import { aWorld, type World } from '../../support/world';
import { hidesAlike, MISSING, needsSignIn } from '../access/support/identity';
import {
  aReserved,
  aStranger,
  anUpstreamsAccount,
  NOT_FOUND,
  RESERVED,
  type ReservedNamespace,
} from './support/reserved-namespaces';

describe('get-reserved-namespace: GET /v0/reserved-namespaces/{reservedNamespaceId}', () => {
  let world: World;
  let ours: ReservedNamespace;
  let theirs: ReservedNamespace;

  const get = (id: string, token = world.acme.admin) => world.call('GET', `${RESERVED}/${id}`, { token });

  beforeAll(async () => {
    world = await aWorld();
    ours = await aReserved(world, world.acme);
    theirs = await aReserved(world, world.globex);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers with the whole row, by an id in any case', async () => {
      for (const id of [ours.id, ours.id.toUpperCase()]) {
        const answer = await get(id);
        expect([answer.status, answer.json()]).toEqual([200, ours]);
      }
    });
  });

  describe('rejects bad input', () => {
    it.each(['x', 'com.example', `${MISSING}x`])('answers 404 for %s, which is no id', async (id) => {
      expect((await get(id)).status).toBe(404);
    });
  });

  describe('requires sign-in', () => {
    needsSignIn(
      (id) => world.call('GET', `${RESERVED}/${id}`),
      () => ours.id,
    );
  });

  describe('requires the permission', () => {
    it('answers to whoever may see upstreams, and to nobody else', async () => {
      expect((await get(ours.id, await anUpstreamsAccount(world, world.acme, 'Viewer'))).status).toBe(200);
      expect((await get(ours.id, await aStranger(world, world.acme))).status).toBe(403);
    });
  });

  describe('hides other organizations', () => {
    hidesAlike(
      NOT_FOUND,
      (id) => get(id),
      () => theirs.id,
    );
  });
});
