import { Injectable } from '@nestjs/common';
import * as oidc from 'openid-client';
import { PublicUrl } from '../../public-url';
import type { OidcSignIn } from './find-sign-in.query';
import type { LoginAttempt } from './login-attempt';
import { callbackUrl } from './begin-oidc-login.service';
import { OidcClients } from './oidc-clients';
import { identityOf, isThin, type Claims, type ProviderIdentity } from './provider-identity';
import { SsoFailure } from './sso-failure';

/** What a browser brought back from its provider. */
export interface Brought {
  readonly loginPath: string;
  /** As the provider put it into the URL. */
  readonly state: string | null;
  /** The query as it came, with its `?`. */
  readonly search: string;
}

/** Asks an identity provider whom the browser belongs to that it sent back. */
@Injectable()
export class IdentifyAtProvider {
  constructor(
    private readonly clients: OidcClients,
    private readonly publicUrl: PublicUrl,
  ) {}

  /** @throws SsoFailure */
  async run({ policy, provider }: OidcSignIn, brought: Brought, attempt: LoginAttempt): Promise<ProviderIdentity> {
    const { claim_mappings: mappings } = provider.config;
    const wantsGroups = policy.idp_mapping_enabled;
    try {
      const client = await this.clients.of(provider);
      const url = new URL(callbackUrl(this.publicUrl, brought.loginPath) + brought.search);
      const tokens = await oidc.authorizationCodeGrant(client, url, {
        // Its hash has found the attempt, so it is the one that we gave away.
        expectedState: brought.state ?? '',
        expectedNonce: attempt.nonce,
        pkceCodeVerifier: attempt.verifier,
        idTokenExpected: true,
      });
      const claims: Claims | undefined = tokens.claims();
      if (claims === undefined) throw new SsoFailure('no ID token');
      const all = isThin(claims, mappings, wantsGroups)
        ? await moreClaims(client, tokens.access_token, claims)
        : claims;
      return identityOf(all, mappings, wantsGroups);
    } catch (error) {
      throw error instanceof SsoFailure ? error : new SsoFailure(protocolReason(error));
    }
  }
}

// Some providers tell the rest at their userinfo endpoint only.
async function moreClaims(client: oidc.Configuration, accessToken: string, claims: Claims): Promise<Claims> {
  if (client.serverMetadata().userinfo_endpoint === undefined) return claims;
  return { ...(await oidc.fetchUserInfo(client, accessToken, String(claims.sub))), ...claims };
}

// The library's messages repeat what the provider sent; its codes do not.
function protocolReason(error: unknown): string {
  if (error instanceof oidc.AuthorizationResponseError) return `provider answered ${plain(error.error)}`;
  if (error instanceof oidc.ResponseBodyError) return `token endpoint answered ${plain(error.error)}`;
  if (error instanceof oidc.WWWAuthenticateChallengeError) return 'provider refused the client';
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? `protocol: ${plain(code)}` : 'provider unreachable';
}

function plain(text: string): string {
  return text.replaceAll(/[^\w .-]/g, '').slice(0, 100);
}
