import { TeamMembers } from './support/team-members';

describe('remove-team-user: DELETE /v0/teams/{teamId}/users/{userId}', () => {
  const members = new TeamMembers('user');

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
