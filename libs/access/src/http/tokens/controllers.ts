import { PersonalTokensController } from './personal-tokens.controller';
import { SystemAccountTokensController } from './system-account-tokens.controller';
import { UserTokensController } from './user-tokens.controller';

export const TOKEN_CONTROLLERS = [UserTokensController, SystemAccountTokensController, PersonalTokensController];
