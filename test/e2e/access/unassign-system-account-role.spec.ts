import { UnassignRoleSuite } from './support/unassign-role';

describe('unassign-system-account-role: DELETE /v0/system-accounts/{accountId}/assigned-roles/{roleId}', () => {
  const suite = new UnassignRoleSuite('system_account');

  beforeAll(() => suite.open());

  beforeEach(() => suite.fresh());

  afterAll(() => suite.world.close());

  describe('works', () => {
    suite.works();
  });

  describe('rejects bad input', () => {
    suite.rejects();
  });

  describe('requires sign-in', () => {
    suite.requiresSignIn();
  });

  describe('requires the permission', () => {
    suite.requiresPermission();
  });

  describe('hides other organizations', () => {
    suite.hides();
  });
});
