import { AuthenticationSettingsController } from './authentication-settings.controller';
import { IdentityProvidersController } from './identity-providers.controller';
import { InviteLoginController } from './invite-login.controller';
import { LoginController } from './login.controller';
import { OidcLoginController } from './oidc-login.controller';
import { OwnSessionController } from './own-session.controller';
import { TeamGroupMappingsController } from './team-group-mappings.controller';
import { UserSessionsController } from './user-sessions.controller';

export const SIGN_IN_CONTROLLERS = [
  LoginController,
  OidcLoginController,
  InviteLoginController,
  OwnSessionController,
  UserSessionsController,
  AuthenticationSettingsController,
  IdentityProvidersController,
  TeamGroupMappingsController,
];
