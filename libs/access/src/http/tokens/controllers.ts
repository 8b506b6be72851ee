import { PersonalTokensController } from './personal-tokens.controller';
import { SystemAccountTokensController, UserTokensController } from './tokens.controller';

export const TOKEN_CONTROLLERS = [UserTokensController, SystemAccountTokensController, PersonalTokensController];
