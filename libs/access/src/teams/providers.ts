import { AddTeamMember } from './add-team-member.service';
import { CreateTeam } from './create-team.service';
import { DeleteTeam } from './delete-team.service';
import { GetTeam } from './get-team.query';
import { ListMemberTeams } from './list-member-teams.query';
import { ListTeamSystemAccounts } from './list-team-system-accounts.query';
import { ListTeamUsers } from './list-team-users.query';
import { ListTeams } from './list-teams.query';
import { RemoveTeamMember } from './remove-team-member.service';
import { UpdateTeam } from './update-team.service';

export const TEAMS = [
  AddTeamMember,
  CreateTeam,
  DeleteTeam,
  GetTeam,
  ListMemberTeams,
  ListTeamSystemAccounts,
  ListTeamUsers,
  ListTeams,
  RemoveTeamMember,
  UpdateTeam,
];
