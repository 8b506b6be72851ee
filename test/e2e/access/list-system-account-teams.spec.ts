import { MemberTeams } from './support/member-teams';

describe('list-system-account-teams: GET /v0/system-accounts/{accountId}/teams', () => {
  const teams = new MemberTeams('system_account');

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
