import { FindLoginPath } from './find-login-path.query';
import { CreateIdentityProvider } from './identity-providers/create-identity-provider.service';
import { CreateTeamMapping } from './identity-providers/create-team-mapping.service';
import { DeleteIdentityProvider } from './identity-providers/delete-identity-provider.service';
import { DeleteTeamMapping } from './identity-providers/delete-team-mapping.service';
import { GetAuthenticationSettings } from './identity-providers/get-authentication-settings.query';
import { GetIdentityProvider } from './identity-providers/get-identity-provider.query';
import { ListIdentityProviders } from './identity-providers/list-identity-providers.query';
import { GetTeamMapping, ListTeamMappings } from './identity-providers/team-mappings.query';
import { UpdateAuthenticationSettings } from './identity-providers/update-authentication-settings.service';
import { UpdateIdentityProvider } from './identity-providers/update-identity-provider.service';
import { LogIn } from './log-in.service';
import { BeginOidcLogin } from './oidc/begin-oidc-login.service';
import { FindOidcSignIn } from './oidc/find-sign-in.query';
import { FinishOidcLogin } from './oidc/finish-oidc-login.service';
import { IdentifyAtProvider } from './oidc/identify-at-provider.query';
import { OidcClients } from './oidc/oidc-clients';
import { StartInviteLogin } from './oidc/start-invite-login.service';
import { StartOidcLogin } from './oidc/start-oidc-login.service';
import { EndSessions } from './sessions/end-sessions.service';
import { GetSession } from './sessions/get-session.query';
import { ListSessions } from './sessions/list-sessions.query';
import { ReplaceSession } from './sessions/replace-session.service';

export const SIGN_IN = [
  BeginOidcLogin,
  CreateIdentityProvider,
  CreateTeamMapping,
  DeleteIdentityProvider,
  DeleteTeamMapping,
  EndSessions,
  FindLoginPath,
  FindOidcSignIn,
  FinishOidcLogin,
  GetAuthenticationSettings,
  GetIdentityProvider,
  GetSession,
  GetTeamMapping,
  IdentifyAtProvider,
  ListIdentityProviders,
  ListSessions,
  ListTeamMappings,
  LogIn,
  OidcClients,
  ReplaceSession,
  StartInviteLogin,
  StartOidcLogin,
  UpdateAuthenticationSettings,
  UpdateIdentityProvider,
];
