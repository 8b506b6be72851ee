import type { Organization, World } from '../../support/world';

/** What creating a capability URL answers. */
export interface CreatedCapabilityUrl {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly urls: readonly string[];
  readonly allowed_ips: readonly string[];
  readonly expires_at: string | null;
  readonly created_at: string;
  readonly last_used_at: string | null;
  readonly revoked_at: string | null;
}

export interface CapabilityUrl {
  readonly id: string;
  /** The whole secret, `ptl_cap_...`. */
  readonly secret: string;
  /** The path of `url`: `/registries/{id}~{secret}`. */
  readonly base: string;
  /** The paths of `urls`. */
  readonly bases: readonly string[];
}

let made = 0;

/** A capability URL made through the API by the organization's admin. */
export async function aCapabilityUrl(
  world: World,
  organization: Organization,
  registry: string,
  settings: Record<string, unknown> = {},
): Promise<CapabilityUrl> {
  made += 1;
  const answer = await world.call('POST', `/v0/registries/${registry}/capability-urls`, {
    token: organization.admin,
    body: { name: `url ${made}`, ...settings },
  });
  if (answer.status !== 201) throw new Error(`${answer.status}: ${answer.text}`);
  const { id, url, urls } = answer.json<CreatedCapabilityUrl>();
  const base = new URL(url).pathname;
  return { id, secret: base.slice(base.indexOf('~') + 1), base, bases: urls.map((one) => new URL(one).pathname) };
}
