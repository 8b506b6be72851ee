import { Injectable } from '@nestjs/common';
import { Quotas } from '@portolan/access';
import { recordAudit } from '@portolan/audit';
import { inTurn, OrgDb, sql, type SqlFragment, type Tx } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { checkRules, checkStorable, remoteUrls, takesOver, type ServerJson } from '@portolan/mcp-spec';
import { documentHash, insertDocument } from './documents';
import { claimRemoteUrls } from './remote-urls';
import { addToRegistry, addToRegistryAndCommit, isOverQuota, lockServer } from './server-lock';
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
  constructor(
    private readonly db: OrgDb,
    private readonly quotas: Quotas,
  ) {}

  /** @throws AppError publish_rules_failed, publish_failed, registry_not_found, quota_exceeded */
  async execute(ctx: Ctx, publication: Publication): Promise<StoredVersion> {
    const { document } = publication;
    if (checkRules(document).some(({ severity }) => severity === 'error')) throw new AppError('publish_rules_failed');
    const unstorable = checkStorable(document);
    if (unstorable !== null) throw refused(unstorable);
    try {
      return await this.publish(ctx, publication, addToRegistryAndCommit);
    } catch (error) {
      if (!isOverQuota(error)) throw error;
      return await this.publish(ctx, publication, addToRegistry);
    }
  }

  /** @param add the last statement */
  private publish(
    ctx: Ctx,
    { registryId, document, text }: Publication,
    add: typeof addToRegistry,
  ): Promise<StoredVersion> {
    const { name, version } = document;
    const hash = documentHash(text);
    const work = async (tx: Tx): Promise<StoredVersion> => {
      const [, standing, taken] = await inTurn([
        lockServer(tx, registryId, name),
        this.standing(tx, registryId, name, version),
        claimRemoteUrls(tx, registryId, name, remoteUrls(document)),
      ]);
      if (standing.upstream !== null) throw refused(mirrored(name, standing.upstream));
      if (taken !== null) throw refused(taken);
      if (standing.full)
        throw refused(`maximum number of versions for this server reached (${VERSIONS_PER_SERVER_MAX})`);
      if (standing.published) throw refused('invalid version: cannot publish duplicate version');
      const { now, latestVersion } = standing;
      const isLatest = takesLatest(version, standing);
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
        upstream: null,
        upstreamUpdatedAt: null,
        run: null,
        meta: null,
      };
      await inTurn([
        // First: where it throws nothing has been sent yet, and no commit follows.
        recordAudit(tx, {
          action: 'server.version.publish',
          targetId: `${name}@${version}`,
          targetName: name,
          registryId,
          after: { ...auditView(row), document_sha256: hash.toString('hex') },
        }),
        tx.run(sql`
          with stored as (${insertDocument(hash, text)}),
          former as (${isLatest && latestVersion !== null ? takeLatest(tx, registryId, name, latestVersion, now) : NONE})
          insert into server_version (org_id, registry_id, name, version, document_hash, status_changed_at,
                                      published_at, updated_at, is_latest)
          select ${ctx.orgId}, ${registryId}, ${name}, ${version}, ${hash}, ${now}::timestamptz, ${now}::timestamptz,
                 ${now}::timestamptz, ${isLatest}
          -- After it: of two with the flag the index would refuse one.
          from (select count(*) from former) done`),
        add(tx, registryId, { versions: 1, servers: latestVersion === null ? 1 : 0 }, this.quotas.platform),
      ]);
      return row;
    };
    return this.db.write(ctx, work, { keepPlans: true });
  }

  /** Where the server stands before this publication; asked for after its lock, so that nothing moves any more. */
  private async standing(tx: Tx, registryId: string, name: string, version: string): Promise<Standing> {
    const one = sql`org_id = ${tx.ctx.orgId} and registry_id = ${registryId} and name = ${name}`;
    const row = await tx.row<Standing>(sql`
      select rfc3339(greatest(clock_timestamp(), latest.published_at + interval '1 microsecond')) as now,
             exists (select from server_version where ${one} and version = ${version}) as published,
             exists (select from server_version where ${one}
                     order by version offset ${VERSIONS_PER_SERVER_MAX - 1}) as full,
             (select upstream_name from server_version where ${one} limit 1) as upstream,
             latest.version as "latestVersion", latest.status as "latestStatus",
             rfc3339(latest.published_at) as "latestPublishedAt"
      from (values (1)) always
      left join (select version, status, published_at from server_version where ${one} and is_latest) latest on true`);
    if (!row) throw new Error('the database did not tell how the server stands');
    return row;
  }
}

const NONE = sql`select`;

/** Takes the flag from the version that has it. */
function takeLatest(tx: Tx, registryId: string, name: string, version: string, now: string): SqlFragment {
  return sql`
    update server_version set is_latest = false, updated_at = ${now}::timestamptz
    where org_id = ${tx.ctx.orgId} and registry_id = ${registryId} and name = ${name} and version = ${version}
    returning 1`;
}

interface Standing {
  /** Later than the latest version's publication even when the clock was set back. */
  readonly now: string;
  /** The version is there already, in whatever status. */
  readonly published: boolean;
  readonly full: boolean;
  /** Name of the upstream that the server is mirrored from; null when it is of this registry, or not there yet. */
  readonly upstream: string | null;
  readonly latestVersion: string | null;
  readonly latestStatus: string | null;
  readonly latestPublishedAt: string | null;
}

function takesLatest(version: string, standing: Standing): boolean {
  const { now, latestVersion, latestStatus, latestPublishedAt } = standing;
  // The flag stays on a deleted version only while all are deleted.
  if (latestVersion === null || latestPublishedAt === null || latestStatus === 'deleted') return true;
  return takesOver({ version, publishedAt: now }, { version: latestVersion, publishedAt: latestPublishedAt });
}

function mirrored(name: string, upstream: string): string {
  return (
    `server ${name} is mirrored from upstream ${upstream}: ` +
    'to publish it here, reserve its namespace, or exclude it from the mirror and have that run'
  );
}

function refused(message: string): AppError {
  return new AppError('publish_failed', { errors: [{ message }] });
}
