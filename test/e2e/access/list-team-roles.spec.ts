import { ListRolesSuite } from './support/read-roles';

describe('list-team-roles: GET /v0/teams/{teamId}/assigned-roles', () => {
  const suite = new ListRolesSuite('team');

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
