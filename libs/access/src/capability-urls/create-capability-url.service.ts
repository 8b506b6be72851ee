import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { brokenConstraint, OrgDb, sql, type Tx } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { v7 as uuidv7 } from 'uuid';
import type { FoundRegistry } from '../find-registry.query';
import { PublicUrl } from '../public-url';
import { mintSecret } from '../tokens/secret';
import { CAPABILITY_URL_COLUMNS, type CapabilityUrlRow } from './capability-url-row';

const LIVE_MAX = 1_000;

export interface NewCapabilityUrl {
  readonly name: string;
  /** RFC 3339, in the future; null: it never expires. */
  readonly expiresAt: string | null;
  /** Addresses and CIDR ranges; empty: from everywhere. */
  readonly allowedIps: readonly string[];
}

/** A capability URL as it is shown once: with its secret in each of the registry's bases. */
export interface ShownCapabilityUrl extends CapabilityUrlRow {
  /** The first of `urls`. */
  readonly url: string;
  readonly urls: readonly string[];
}

/** Makes a URL that carries its own right to read one registry. */
@Injectable()
export class CreateCapabilityUrl {
  constructor(
    private readonly db: OrgDb,
    private readonly publicUrl: PublicUrl,
  ) {}

  /** @throws AppError registry_not_found, quota_exceeded, capability_url_name_taken */
  async execute(ctx: Ctx, registry: FoundRegistry, input: NewCapabilityUrl): Promise<ShownCapabilityUrl> {
    const secret = mintSecret('cap');
    const id = uuidv7();
    try {
      const row = await this.db.write(ctx, async (tx) => {
        await requireRoom(tx, registry.id);
        const created = await tx.row<CapabilityUrlRow>(sql`
          insert into capability_url (org_id, id, registry_id, name, public_id, hash, allowed_ips, expires_at)
          values (${ctx.orgId}, ${id}, ${registry.id}, ${input.name}, ${secret.publicId}, ${secret.hash},
                  array(select network(range::inet)
                        from unnest(${input.allowedIps}::text[]) with ordinality as given (range, place)
                        order by place),
                  ${input.expiresAt}::timestamptz)
          returning ${CAPABILITY_URL_COLUMNS}`);
        if (!created) throw new Error('the new capability URL was not returned');
        await recordAudit(tx, {
          action: 'capability_url.create',
          targetId: id,
          targetName: input.name,
          registryId: registry.id,
          after: created,
        });
        return created;
      });
      const urls = basesOf(registry).map((base) => `${this.publicUrl.origin}${base}~${secret.text}`);
      return { ...row, url: urls[0] ?? '', urls };
    } catch (error) {
      if (brokenConstraint(error) === 'capability_url_name_key') throw new AppError('capability_url_name_taken');
      throw error;
    }
  }
}

/** Those who add to the same registry wait for each other here, so that the count is exact. */
async function requireRoom(tx: Tx, registryId: string): Promise<void> {
  const { orgId } = tx.ctx;
  const registry = await tx.row(sql`
    select 1 from registry where org_id = ${orgId} and id = ${registryId} for no key update`);
  if (!registry) throw new AppError('registry_not_found');
  const live = await tx.row<{ count: number }>(sql`
    select count(*)::integer as count from capability_url
    where org_id = ${orgId} and registry_id = ${registryId} and revoked_at is null
      and (expires_at is null or expires_at > now())`);
  const count = live?.count ?? 0;
  if (count >= LIVE_MAX)
    throw new AppError('quota_exceeded', {
      detail: `Maximum number of capability URLs of a registry exceeded. Max allowed: ${LIVE_MAX}. In use: ${count}.`,
    });
}

function basesOf({ id, name, org_name }: FoundRegistry): string[] {
  return [`/registries/${id}`, `/v0/registries/${id}`, `/o/${org_name}/registries/${name}`];
}
