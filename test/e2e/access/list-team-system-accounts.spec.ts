import { TeamMembers } from './support/team-members';

describe('list-team-system-accounts: GET /v0/teams/{teamId}/system-accounts', () => {
  const members = new TeamMembers('system_account');

  beforeAll(() => members.open());

  beforeEach(() => members.fresh());

  afterAll(() => members.world.close());

  describe('works', () => {
    members.listWorks({
      name: expect.stringMatching(/^account /) as string,
      description: null,
      active: true,
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
