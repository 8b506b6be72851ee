import { AuthenticateCapabilityUrl } from './authenticate-capability-url.query';
import { AuthenticateJwt } from './authenticate-jwt.query';
import { AuthenticateSession } from './authenticate-session.query';
import { AuthenticateToken } from './authenticate-token.query';
import { Authenticate } from './authenticate.query';
import { CredentialMemory } from './credential-memory';
import { RecordUse } from './record-use.service';

export const AUTHENTICATION = [
  Authenticate,
  AuthenticateCapabilityUrl,
  AuthenticateJwt,
  AuthenticateSession,
  AuthenticateToken,
  CredentialMemory,
  RecordUse,
];
