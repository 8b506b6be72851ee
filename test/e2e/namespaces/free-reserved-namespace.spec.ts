import { aWorld, type World } from '../../support/world';
import { hidesAlike, MISSING, needsSignIn, refusal, trailOf } from '../access/support/identity';
import {
  aReserved,
  aStranger,
  anUpstreamsAccount,
  comparisonsOf,
  NOT_FOUND,
  RESERVED,
  type ReservedNamespace,
} from './support/reserved-namespaces';

describe('free-reserved-namespace: DELETE /v0/reserved-namespaces/{reservedNamespaceId}', () => {
  let world: World;
  let ours: ReservedNamespace;
  let theirs: ReservedNamespace;

  const free = (id = ours.id, token = world.acme.admin) => world.call('DELETE', `${RESERVED}/${id}`, { token });
  const count = async () => (await world.db.query('select 1 from reserved_namespace')).length;

  beforeAll(async () => {
    world = await aWorld();
  });

  beforeEach(async () => {
    await world.db.query('delete from reserved_namespace');
    ours = await aReserved(world, world.acme);
    theirs = await aReserved(world, world.globex);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 204 without a body, and 404 the second time', async () => {
      const answer = await free();
      expect([answer.status, answer.text]).toEqual([204, '']);
      expect(refusal(await free())).toEqual([404, NOT_FOUND]);
      expect((await aReserved(world, world.acme)).id).not.toBe(ours.id);
    });

    it('has the mirrors of the organization compare everything, once', async () => {
      expect(await comparisonsOf(world, async () => [await free(), await free()])).toEqual([
        { org_id: world.acme.id, payload: { reason: 'reserved_namespaces' } },
      ]);
    });

    it('writes one audit row with what was reserved', async () => {
      const trail = await trailOf(world, world.acme, () => free());
      expect(trail).toEqual([
        expect.objectContaining({
          action: 'reserved_namespace.delete',
          target_id: ours.id,
          target_name: 'com.example',
          before: ours,
          after: null,
        }),
      ]);
    });
  });

  describe('rejects bad input', () => {
    it.each(['x', 'com.example', `${MISSING}x`])('answers 404 for %s, which is no id', async (id) => {
      expect((await free(id)).status).toBe(404);
      expect(await count()).toBe(2);
    });
  });

  describe('requires sign-in', () => {
    needsSignIn(
      (id) => world.call('DELETE', `${RESERVED}/${id}`),
      () => ours.id,
    );
  });

  describe('requires the permission', () => {
    it('is for an Admin of upstreams, and for nobody else', async () => {
      for (const token of [await anUpstreamsAccount(world, world.acme, 'Viewer'), await aStranger(world, world.acme)])
        expect(refusal(await free(ours.id, token))).toEqual([403, 'forbidden']);
      expect(await count()).toBe(2);
      expect((await free(ours.id, await anUpstreamsAccount(world, world.acme, 'Admin'))).status).toBe(204);
    });
  });

  describe('hides other organizations', () => {
    hidesAlike(
      NOT_FOUND,
      (id) => free(id),
      () => theirs.id,
    );

    it('frees nothing of theirs', async () => {
      await free(theirs.id);
      expect(await count()).toBe(2);
    });
  });
});
