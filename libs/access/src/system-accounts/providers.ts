import { CreateSystemAccount } from './create-system-account.service';
import { DeleteSystemAccount } from './delete-system-account.service';
import { GetSystemAccount } from './get-system-account.query';
import { ListSystemAccounts } from './list-system-accounts.query';
import { UpdateSystemAccount } from './update-system-account.service';

export const SYSTEM_ACCOUNTS = [
  CreateSystemAccount,
  DeleteSystemAccount,
  GetSystemAccount,
  ListSystemAccounts,
  UpdateSystemAccount,
];
