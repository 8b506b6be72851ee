import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { checkRules, remoteUrls, type ServerJson } from '@portolan/mcp-spec';
import { documentHash, releaseDocuments, storeDocument } from './documents';
import { claimRemoteUrls, releaseRemoteUrls } from './remote-urls';
import { bumpRevision, lockServer, timeOf } from './server-lock';
import { auditView, VERSION_COLUMNS, type StoredVersion } from './version-row';

const AUDITED_DOCUMENT_MAX = 32_768;

export interface Edition {
  readonly registryId: string;
  readonly name: string;
  readonly version: string;
  readonly document: ServerJson;
  readonly text: string;
}

/** Replaces the document of a version; name, version, status and publication stay. */
@Injectable()
export class EditVersion {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError server_not_found, server_renamed, version_mismatch, edit_rules_failed, edit_failed */
  execute(ctx: Ctx, input: Edition): Promise<StoredVersion> {
    const { registryId, name, version, document, text } = input;
    const hash = documentHash(text);
    return this.db.write(ctx, async (tx) => {
      await lockServer(tx, registryId, name);
      const now = await timeOf(tx);
      const before = await tx.row<StoredVersion & { hash: string }>(sql`
        select ${VERSION_COLUMNS}, encode(document_hash, 'hex') as hash from version_document
        where registry_id = ${registryId} and name = ${name} and version = ${version} and status <> 'deleted'`);
      if (!before) throw new AppError('server_not_found');
      if (before.upstream !== null)
        throw refused(
          `server ${name} is mirrored from upstream ${before.upstream}: its versions are changed there only`,
        );
      refuseBadEdition(input);
      const taken = await claimRemoteUrls(tx, registryId, name, remoteUrls(document));
      if (taken !== null) throw refused(taken);
      await storeDocument(tx, hash, text);
      await tx.run(sql`
        update server_version set document_hash = ${hash}, updated_at = ${now}::timestamptz
        where org_id = ${ctx.orgId} and registry_id = ${registryId} and name = ${name} and version = ${version}`);
      await releaseRemoteUrls(tx, registryId, name);
      if (before.hash !== hash.toString('hex')) await releaseDocuments(tx, [before.hash]);
      const after: StoredVersion = { ...before, document: text, updatedAt: now };
      await recordAudit(tx, {
        action: 'server.version.edit',
        targetId: `${name}@${version}`,
        targetName: name,
        registryId,
        before: { ...auditView(before), document_sha256: before.hash, ...shortDocument(before.document) },
        after: { ...auditView(after), document_sha256: hash.toString('hex'), ...shortDocument(text) },
      });
      await bumpRevision(tx, registryId);
      return after;
    });
  }
}

function refuseBadEdition({ name, version, document }: Edition): void {
  if (document.name !== name) throw new AppError('server_renamed');
  if (document.version !== version) throw new AppError('version_mismatch');
  if (checkRules(document).some(({ severity }) => severity === 'error')) throw new AppError('edit_rules_failed');
}

// The old text is swept once nobody points at it, so the trail keeps it unless it is very long.
function shortDocument(text: string): { document?: unknown } {
  return text.length > AUDITED_DOCUMENT_MAX ? {} : { document: JSON.parse(text) as unknown };
}

function refused(message: string): AppError {
  return new AppError('edit_failed', { errors: [{ message }] });
}
