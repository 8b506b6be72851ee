import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { releaseDocuments, removeFromRegistry } from '@portolan/catalogue';
import { OrgDb, sql, type Tx } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { auditedMirror, findMirror, recompareOthers, waitBriefly } from './mirror-row';

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
      const { count, gone } = await (versions === 'keep' ? keep : remove)(tx, registryId, mirror.id);
      await tx.run(sql`delete from mirror where org_id = ${ctx.orgId} and id = ${mirror.id}`);
      await recompareOthers(tx, registryId, mirror.id);
      await removeFromRegistry(tx, registryId, gone);
      await recordAudit(tx, {
        action: 'mirror.delete',
        targetId: mirror.id,
        targetName: mirror.upstream_name,
        registryId,
        before: auditedMirror(mirror),
        after: { versions, version_count: count },
      });
    });
  }
}

/** What was kept: nothing leaves the registry. */
async function keep(tx: Tx, registryId: string, mirrorId: string): Promise<Outcome> {
  // From now on these URLs are theirs, as far as they are nobody's yet.
  await tx.run(sql`
    insert into remote_url_claim (org_id, registry_id, url_hash, name)
    select distinct on (url_hash) ${tx.ctx.orgId}::uuid, ${registryId}::uuid, url_hash, name
    from (select sha256(convert_to(remote ->> 'url', 'UTF8')) as url_hash, name
          from version_document, jsonb_array_elements(body::jsonb -> 'remotes') remote
          where registry_id = ${registryId} and mirror_id = ${mirrorId} and status <> 'deleted'
            and remote ->> 'url' is not null) urls
    order by url_hash, name
    on conflict do nothing`);
  const kept = await tx.row<{ count: number }>(sql`
    select keep_mirrored(${registryId}, ${mirrorId})::float8 as count`);
  return { count: kept?.count ?? 0, gone: { versions: 0, servers: 0 } };
}

/** A name has one origin: with the mirror's versions go whole servers. */
async function remove(tx: Tx, registryId: string, mirrorId: string): Promise<Outcome> {
  const gone = await tx.row<{ versions: number; servers: number; hashes: string[] }>(sql`
    with gone as (
      delete from server_version
      where org_id = ${tx.ctx.orgId} and registry_id = ${registryId} and mirror_id = ${mirrorId}
      returning name, document_hash)
    select count(*)::integer as versions, count(distinct name)::integer as servers,
           coalesce(array_agg(distinct encode(document_hash, 'hex')), '{}') as hashes
    from gone`);
  if (!gone) throw new Error('the database did not tell what is gone');
  await releaseDocuments(tx, gone.hashes);
  return { count: gone.versions, gone };
}
