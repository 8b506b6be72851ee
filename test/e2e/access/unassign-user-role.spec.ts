import { UnassignRoleSuite } from './support/unassign-role';

describe('unassign-user-role: DELETE /v0/users/{userId}/assigned-roles/{roleId}', () => {
  const suite = new UnassignRoleSuite('user');

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
