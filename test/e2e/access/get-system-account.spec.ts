import { aWorld, type World } from '../../support/world';
import { hidesAlike, MISSING, needsIdentityViewer, needsSignIn, shown } from './support/identity';
import { anInstant, aSystemAccount, type SystemAccount } from './support/people';

describe('get-system-account: GET /v0/system-accounts/{accountId}', () => {
  let world: World;
  let account: SystemAccount;
  let foreign: SystemAccount;

  const get = (id: string, token = world.acme.admin) => world.call('GET', `/v0/system-accounts/${id}`, { token });

  beforeAll(async () => {
    world = await aWorld();
    account = await aSystemAccount(world, world.acme, { name: 'agent', description: 'Reads' });
    foreign = await aSystemAccount(world, world.globex, { name: 'agent' });
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with the account, whatever the case of the id', async () => {
      for (const id of [account.id, account.id.toUpperCase()]) {
        const answer = await get(id);
        expect(answer.status).toBe(200);
        expect(answer.json()).toEqual({
          id: account.id,
          name: 'agent',
          description: 'Reads',
          active: true,
          created_at: anInstant(),
          updated_at: anInstant(),
        });
      }
    });
  });

  describe('rejects bad input', () => {
    it.each([
      ['agent', 404],
      [`${MISSING}0`, 404],
      ['%00', 400],
      ['%ff', 400],
    ])('finds no account by %s', async (id, status) => {
      expect((await get(id)).status).toBe(status);
    });
  });

  describe('requires sign-in', () => {
    needsSignIn(
      (id) => world.call('GET', `/v0/system-accounts/${id}`),
      () => account.id,
    );
  });

  describe('requires the permission', () => {
    needsIdentityViewer(
      () => world,
      (token) => get(account.id, token),
    );

    it('answers 403 alike whether the account is there or not', async () => {
      const token = await world.aUser(world.acme);
      for (const id of [foreign.id, MISSING, 'x'])
        expect(shown(await get(id, token))).toEqual(shown(await get(account.id, token)));
    });
  });

  describe('hides other organizations', () => {
    hidesAlike(
      'system_account_not_found',
      (id) => get(id),
      () => foreign.id,
    );
  });
});
