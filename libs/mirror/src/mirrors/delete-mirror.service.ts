import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { removeFromRegistry } from '@portolan/catalogue';
import { OrgDb, sql, type Tx } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { leaveReserved } from './leave-reserved';
import { auditedMirror, findMirror, recompareOthers, waitBriefly, type MirrorRow } from './mirror-row';
import { removeMirrored } from './remove-mirrored';

/** `keep`: what the mirror brought becomes the registry's own. `remove`: it goes with the mirror. */
export const VERSIONS_CHOICES = ['keep', 'remove'] as const;
export type VersionsChoice = (typeof VERSIONS_CHOICES)[number];

interface Outcome {
  /** Versions that were kept or removed. */
  readonly count: number;
  readonly gone: { readonly versions: number; readonly servers: number };
}

/** Deletes a mirror with its runs. */
@Injectable()
export class DeleteMirror {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError mirror_not_found */
  execute(ctx: Ctx, registryId: string, id: string, versions: VersionsChoice): Promise<void> {
    return this.db.write(ctx, async (tx) => {
      await waitBriefly(tx);
      // No run applies anything from here on.
      const mirror = await findMirror(tx, registryId, id, 'delete');
      // An upstream of a million versions takes longer than a request normally may.
      await tx.run(sql`set local statement_timeout = '10min'`);
      const { count, gone } = await (versions === 'keep' ? keep : remove)(tx, registryId, mirror);
      await tx.run(sql`delete from mirror where org_id = ${ctx.orgId} and id = ${mirror.id}`);
      await recompareOthers(tx, registryId, mirror.id);
      await recordAudit(tx, {
        action: 'mirror.delete',
        targetId: mirror.id,
        targetName: mirror.upstream_name,
        registryId,
        before: auditedMirror(mirror),
        after: { versions, version_count: count },
      });
      await removeFromRegistry(tx, registryId, gone);
    });
  }
}

/** What was kept: nothing leaves the registry but what was reserved a moment ago. */
async function keep(tx: Tx, registryId: string, { id, upstream_name: upstreamName }: MirrorRow): Promise<Outcome> {
  const gone = await leaveReserved(tx, { id, registryId, upstreamName });
  // From now on these URLs are theirs, as far as they are nobody's yet.
  await tx.run(sql`
    insert into remote_url_claim (org_id, registry_id, url_hash, name)
    select distinct on (url_hash) ${tx.ctx.orgId}::uuid, ${registryId}::uuid, url_hash, name
    from (select sha256(convert_to(remote ->> 'url', 'UTF8')) as url_hash, name
          from version_document, jsonb_array_elements(body::jsonb -> 'remotes') remote
          where registry_id = ${registryId} and mirror_id = ${id} and status <> 'deleted'
            and remote ->> 'url' is not null) urls
    order by url_hash, name
    on conflict do nothing`);
  const kept = await tx.row<{ count: number }>(sql`
    select keep_mirrored(${registryId}, ${id})::float8 as count`);
  return { count: kept?.count ?? 0, gone };
}

/** A name has one origin: with the mirror's versions go whole servers. */
async function remove(tx: Tx, registryId: string, { id }: MirrorRow): Promise<Outcome> {
  const gone = await removeMirrored(tx, registryId, id);
  return { count: gone.versions, gone };
}
