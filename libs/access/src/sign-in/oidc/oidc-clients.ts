import { Injectable } from '@nestjs/common';
import { asFetch, Egress } from '@portolan/egress';
import { SecretBox } from '@portolan/vault';
import { LRUCache } from 'lru-cache';
import * as oidc from 'openid-client';
import { clientSecretContext } from '../identity-providers/create-identity-provider.service';
import type { ProviderConfig } from '../identity-providers/identity-provider-row';

export interface ConfiguredProvider {
  readonly id: string;
  readonly config: ProviderConfig;
  readonly client_secret_sealed: string;
  readonly updated_at: string;
}

const KEPT_MAX = 1_000;
const KEPT_MS = 10 * 60 * 1_000;
const TIMEOUT_SECONDS = 5;
const CLOCK_TOLERANCE_SECONDS = 60;

/** What identity providers say of themselves, remembered for ten minutes or until they are configured anew. */
@Injectable()
export class OidcClients {
  private readonly kept = new LRUCache<string, oidc.Configuration>({ max: KEPT_MAX, ttl: KEPT_MS });

  constructor(
    private readonly egress: Egress,
    private readonly secretBox: SecretBox,
  ) {}

  /** @throws Error when the provider cannot be reached or is not the configured issuer */
  async of(provider: ConfiguredProvider): Promise<oidc.Configuration> {
    const key = `${provider.id} ${provider.updated_at}`;
    const known = this.kept.get(key);
    if (known) return known;
    const found = await this.discover(provider);
    this.kept.set(key, found);
    return found;
  }

  private async discover({
    id,
    config,
    client_secret_sealed: sealed,
  }: ConfiguredProvider): Promise<oidc.Configuration> {
    const issuer = new URL(config.issuer_url);
    const secret = this.secretBox.open(sealed, clientSecretContext(id));
    const send = asFetch(this.egress);
    const found = await oidc.discovery(
      issuer,
      config.client_id,
      { [oidc.clockTolerance]: CLOCK_TOLERANCE_SECONDS },
      authentication(secret),
      {
        // The library's own description of a request, which has a body where the platform's has none.
        [oidc.customFetch]: (url, options) => send(url, options as RequestInit),
        timeout: TIMEOUT_SECONDS,
        // Without these checks the signature of an ID token is left to the connection that it came by.
        execute: [
          oidc.enableNonRepudiationChecks,
          // Only where the operator allows an address inside the house does the egress room let http pass.
          // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so to make readers stop and think
          ...(issuer.protocol === 'http:' ? [oidc.allowInsecureRequests] : []),
        ],
      },
    );
    // The library lets Entra's shared issuers pass, by which every tenant there could sign in.
    if (new URL(found.serverMetadata().issuer).href !== issuer.href) throw new Error('the provider is another issuer');
    return found;
  }
}

// What a provider does not say is client_secret_basic, by OpenID Connect Discovery.
function authentication(secret: string): oidc.ClientAuth {
  return (server, client, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const method = methods.includes('client_secret_basic') ? oidc.ClientSecretBasic : oidc.ClientSecretPost;
    method(secret)(server, client, body, headers);
  };
}
