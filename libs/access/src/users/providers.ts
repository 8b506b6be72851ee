import { AcceptInvite } from './accept-invite.service';
import { ChangePassword } from './change-password.service';
import { CheckInvite } from './check-invite.service';
import { CreateInvite } from './create-invite.service';
import { DeleteUser } from './delete-user.service';
import { FindInviteMail } from './find-invite-mail.query';
import { GetUser } from './get-user.query';
import { ListInvites } from './list-invites.query';
import { ListUsers } from './list-users.query';
import { RevokeInvite } from './revoke-invite.service';
import { UpdateUser } from './update-user.service';

export const USERS = [
  AcceptInvite,
  ChangePassword,
  CheckInvite,
  CreateInvite,
  DeleteUser,
  FindInviteMail,
  GetUser,
  ListInvites,
  ListUsers,
  RevokeInvite,
  UpdateUser,
];
