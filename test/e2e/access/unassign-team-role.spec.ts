import { UnassignRoleSuite } from './support/unassign-role';

describe('unassign-team-role: DELETE /v0/teams/{teamId}/assigned-roles/{roleId}', () => {
  const suite = new UnassignRoleSuite('team');

  beforeAll(() => suite.open());

  beforeEach(() => suite.fresh());

  afterAll(() => suite.world.close());

  describe('works', () => {
    suite.works();
  });

  describe('rejects bad input', () => {
    suite.rejects();
    suite.rejectsPredefined();
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
