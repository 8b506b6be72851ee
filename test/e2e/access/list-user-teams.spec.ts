import { MemberTeams } from './support/member-teams';

describe('list-user-teams: GET /v0/users/{userId}/teams', () => {
  const teams = new MemberTeams('user');

  beforeAll(() => teams.open());

  afterAll(() => teams.world.close());

  describe('works', () => {
    teams.works();
  });

  describe('rejects bad input', () => {
    teams.rejects();
  });

  describe('requires sign-in', () => {
    teams.requiresSignIn();
  });

  describe('requires the permission', () => {
    teams.requiresPermission();
  });

  describe('hides other organizations', () => {
    teams.hides();
  });
});
