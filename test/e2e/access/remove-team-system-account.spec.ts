import { TeamMembers } from './support/team-members';

describe('remove-team-system-account: DELETE /v0/teams/{teamId}/system-accounts/{accountId}', () => {
  const members = new TeamMembers('system_account');

  beforeAll(() => members.open());

  beforeEach(() => members.fresh());

  afterAll(() => members.world.close());

  describe('works', () => {
    members.removeWorks();
  });

  describe('rejects bad input', () => {
    members.removeRejects();
    members.removeKeepsAdministrator();
  });

  describe('requires sign-in', () => {
    members.removeRequiresSignIn();
  });

  describe('requires the permission', () => {
    members.removeRequiresPermission();
  });

  describe('hides other organizations', () => {
    members.removeHides();
  });
});
