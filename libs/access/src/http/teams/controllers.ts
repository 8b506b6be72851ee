import { MemberTeamsController } from './member-teams.controller';
import { TeamSystemAccountsController } from './team-system-accounts.controller';
import { TeamUsersController } from './team-users.controller';
import { TeamsController } from './teams.controller';

export const TEAM_CONTROLLERS = [
  TeamsController,
  TeamUsersController,
  TeamSystemAccountsController,
  MemberTeamsController,
];
