import { ListRolesSuite } from './support/read-roles';

describe('list-system-account-roles: GET /v0/system-accounts/{accountId}/assigned-roles', () => {
  const suite = new ListRolesSuite('system_account');

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
