import { TeamMembers } from './support/team-members';

describe('add-team-user: POST /v0/teams/{teamId}/users', () => {
  const members = new TeamMembers('user');

  beforeAll(() => members.open());

  beforeEach(() => members.fresh());

  afterAll(() => members.world.close());

  describe('works', () => {
    members.addWorks();
  });

  describe('rejects bad input', () => {
    members.addRejects();
  });

  describe('requires sign-in', () => {
    members.addRequiresSignIn();
  });

  describe('requires the permission', () => {
    members.addRequiresPermission();
  });

  describe('hides other organizations', () => {
    members.addHides();
  });
});
