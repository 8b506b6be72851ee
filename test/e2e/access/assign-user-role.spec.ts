import { AssignRoleSuite } from './support/assign-role';

describe('assign-user-role: POST /v0/users/{userId}/assigned-roles', () => {
  const suite = new AssignRoleSuite('user');

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
