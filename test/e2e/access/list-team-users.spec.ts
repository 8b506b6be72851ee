import { TeamMembers } from './support/team-members';

describe('list-team-users: GET /v0/teams/{teamId}/users', () => {
  const members = new TeamMembers('user');

  beforeAll(() => members.open());

  beforeEach(() => members.fresh());

  afterAll(() => members.world.close());

  describe('works', () => {
    members.listWorks({
      email: expect.stringMatching(/@example\.com$/) as string,
      full_name: 'A User',
      preferred_name: null,
      active: true,
      invited: false,
      created_at: expect.stringMatching(/\.\d{6}Z$/) as string,
      updated_at: expect.stringMatching(/\.\d{6}Z$/) as string,
    });
  });

  describe('rejects bad input', () => {
    members.listRejects();
  });

  describe('requires sign-in', () => {
    members.listRequiresSignIn();
  });

  describe('requires the permission', () => {
    members.listRequiresPermission();
  });

  describe('hides other organizations', () => {
    members.listHides();
  });
});
