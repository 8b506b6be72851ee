import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql, type Tx } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { checkRules, checkStorable, remoteUrls, takesOver, type ServerJson } from '@portolan/mcp-spec';
import { documentHash, storeDocument } from './documents';
import { claimRemoteUrls } from './remote-urls';
import { bumpRevision, lockServer } from './server-lock';
import { auditView, type StoredVersion } from './version-row';

const VERSIONS_PER_SERVER_MAX = 10_000;

export interface Publication {
  readonly registryId: string;
  readonly document: ServerJson;
  /** The document's normalised text, stored and sent as it is. */
  readonly text: string;
}

/** Publishes one version; everything it means commits together. */
@Injectable()
export class PublishVersion {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError publish_rules_failed, publish_failed, registry_not_found */
  async execute(ctx: Ctx, { registryId, document, text }: Publication): Promise<StoredVersion> {
    if (checkRules(document).some(({ severity }) => severity === 'error')) throw new AppError('publish_rules_failed');
    const unstorable = checkStorable(document);
    if (unstorable !== null) throw refused(unstorable);
    const hash = documentHash(text);
    return this.db.write(ctx, async (tx) => {
      const { name, version } = document;
      const now = await lockServer(tx, registryId, name);
      const conflict = await claimRemoteUrls(tx, registryId, name, remoteUrls(document));
      if (conflict) throw refused(`remote URL ${conflict.url} is already used by server ${conflict.holder}`);
      await this.refuseTooMany(tx, registryId, name);
      await this.refuseDuplicate(tx, registryId, name, version);
      const isLatest = await this.takeLatest(tx, registryId, name, version, now);
      await storeDocument(tx, hash, text);
      await tx.run(sql`
        insert into server_version (org_id, registry_id, name, version, document_hash, status_changed_at, published_at,
                                    updated_at, is_latest)
        values (${ctx.orgId}, ${registryId}, ${name}, ${version}, ${hash}, ${now}::timestamptz, ${now}::timestamptz,
                ${now}::timestamptz, ${isLatest})`);
      const row: StoredVersion = {
        name,
        version,
        document: text,
        status: 'active',
        statusMessage: null,
        statusChangedAt: now,
        publishedAt: now,
        updatedAt: now,
        isLatest,
      };
      await recordAudit(tx, {
        action: 'server.version.publish',
        targetId: `${name}@${version}`,
        targetName: name,
        registryId,
        after: { ...auditView(row), document_sha256: hash.toString('hex') },
      });
      await bumpRevision(tx, registryId);
      return row;
    });
  }

  private async refuseTooMany(tx: Tx, registryId: string, name: string): Promise<void> {
    const beyond = await tx.run(sql`
      select from server_version where org_id = ${tx.ctx.orgId} and registry_id = ${registryId} and name = ${name}
      order by version offset ${VERSIONS_PER_SERVER_MAX - 1} limit 1`);
    if (beyond > 0) throw refused(`maximum number of versions for this server reached (${VERSIONS_PER_SERVER_MAX})`);
  }

  private async refuseDuplicate(tx: Tx, registryId: string, name: string, version: string): Promise<void> {
    const found = await tx.run(sql`
      select from server_version where org_id = ${tx.ctx.orgId} and registry_id = ${registryId} and name = ${name}
        and version = ${version}`);
    if (found > 0) throw refused('invalid version: cannot publish duplicate version');
  }

  /** Clears the flag of the version that is no longer the latest. */
  private async takeLatest(tx: Tx, registryId: string, name: string, version: string, now: string): Promise<boolean> {
    const holder = await tx.row<{ version: string; publishedAt: string; status: string }>(sql`
      select version, rfc3339(published_at) as "publishedAt", status from server_version
      where org_id = ${tx.ctx.orgId} and registry_id = ${registryId} and name = ${name} and is_latest`);
    if (!holder) return true;
    // The flag stays on a deleted version only while all are deleted.
    if (holder.status !== 'deleted' && !takesOver({ version, publishedAt: now }, holder)) return false;
    await tx.run(sql`
      update server_version set is_latest = false, updated_at = ${now}::timestamptz
      where org_id = ${tx.ctx.orgId} and registry_id = ${registryId} and name = ${name} and is_latest`);
    return true;
  }
}

function refused(message: string): AppError {
  return new AppError('publish_failed', { errors: [{ message }] });
}
