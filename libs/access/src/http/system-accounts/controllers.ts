import { SystemAccountsController } from './system-accounts.controller';

export const SYSTEM_ACCOUNT_CONTROLLERS = [SystemAccountsController];
