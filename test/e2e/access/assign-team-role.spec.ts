import { AssignRoleSuite } from './support/assign-role';

describe('assign-team-role: POST /v0/teams/{teamId}/assigned-roles', () => {
  const suite = new AssignRoleSuite('team');

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
    suite.refusesSelf();
  });

  describe('hides other organizations', () => {
    suite.hides();
  });
});
