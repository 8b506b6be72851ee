import { InvitesController } from './invites.controller';
import { JoinController } from './join.controller';
import { UserMeController } from './user-me.controller';
import { UsersController } from './users.controller';

export const USER_CONTROLLERS = [UserMeController, UsersController, InvitesController, JoinController];
