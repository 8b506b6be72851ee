import { Injectable } from '@nestjs/common';
import type { Access } from '@portolan/access';
import { recordAudit } from '@portolan/audit';
import { brokenConstraint, OrgDb, sql, type Tx } from '@portolan/db';
import { AppError, invalidParameter, isUuid, type Ctx } from '@portolan/kernel';
import { v7 as uuidv7 } from 'uuid';
import {
  auditedMirror,
  findMirror,
  MIRRORS_MAX,
  POSITION_MAX,
  type MirrorRow,
  type MirrorSettings,
} from './mirror-row';

export interface NewMirror extends Omit<MirrorSettings, 'position'> {
  readonly upstream_id: string;
  /** Null: after the last one. */
  readonly position: number | null;
}

/** Sets up a mirror of an upstream; when it is enabled, its first run is due at once. */
@Injectable()
export class CreateMirror {
  constructor(private readonly db: OrgDb) {}

  /**
   * @throws AppError registry_not_found, quota_exceeded, mirror_exists, invalid_parameters for an upstream that is not
   * there, or not the caller's to use
   */
  async execute(ctx: Ctx, access: Access, registryId: string, input: NewMirror): Promise<MirrorRow> {
    const id = uuidv7();
    try {
      return await this.db.write(ctx, async (tx) => {
        await requireRoom(tx, registryId);
        await requireUpstream(tx, access, input.upstream_id);
        await tx.run(sql`
          insert into mirror (org_id, id, registry_id, upstream_id, schedule, include, exclude, registry_types,
                              transports, latest_only, statuses, max_removed_percent, on_conflict, enabled, position,
                              next_run_at)
          select ${ctx.orgId}, ${id}, ${registryId}, ${input.upstream_id}, ${input.schedule}, ${input.include},
                 ${input.exclude}, ${input.registry_types}, ${input.transports}, ${input.latest_only},
                 ${input.statuses}, ${input.max_removed_percent}, ${input.on_conflict}, ${input.enabled},
                 coalesce(${input.position}::integer, least(coalesce(max(position), 0) + 1, ${POSITION_MAX})),
                 case when ${input.enabled} then clock_timestamp() end
          from mirror where org_id = ${ctx.orgId} and registry_id = ${registryId}`);
        const row = await findMirror(tx, registryId, id);
        await recordAudit(tx, {
          action: 'mirror.create',
          targetId: id,
          targetName: row.upstream_name,
          registryId,
          after: auditedMirror(row),
        });
        return row;
      });
    } catch (error) {
      if (brokenConstraint(error) === 'mirror_upstream_key') throw new AppError('mirror_exists');
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
  const mirrors = await tx.row<{ count: number }>(sql`
    select count(*)::integer as count from mirror where org_id = ${orgId} and registry_id = ${registryId}`);
  const count = mirrors?.count ?? 0;
  if (count >= MIRRORS_MAX)
    throw new AppError('quota_exceeded', {
      detail: `Maximum number of mirrors of a registry exceeded. Max allowed: ${MIRRORS_MAX}. In use: ${count}.`,
    });
}

/** Whoever administers a registry does not read with a credential that is not his to use, nor learn whose there are. */
async function requireUpstream(tx: Tx, access: Access, id: string): Promise<void> {
  const { orgId } = tx.ctx;
  const isThere =
    isUuid(id) &&
    access.can('upstream:read', null) &&
    (await tx.run(sql`select 1 from upstream where org_id = ${orgId} and id = ${id} for key share`)) === 1;
  if (!isThere)
    throw invalidParameter({
      field: 'upstream_id',
      rule: 'missing_reference',
      reason: 'upstream_id must be the id of an upstream of the organization',
      source: 'body',
    });
}
