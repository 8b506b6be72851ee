import { AssignRoleSuite } from './support/assign-role';

describe('assign-system-account-role: POST /v0/system-accounts/{accountId}/assigned-roles', () => {
  const suite = new AssignRoleSuite('system_account');

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
    suite.refusesSelf();
  });

  describe('hides other organizations', () => {
    suite.hides();
  });
});
