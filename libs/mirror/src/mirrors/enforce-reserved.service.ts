import { Injectable, Logger } from '@nestjs/common';
import { removeFromRegistry } from '@portolan/catalogue';
import { constant, OrgDb, sql, type Tx } from '@portolan/db';
import { systemCtx } from '@portolan/kernel';
import { newRequestId } from '@portolan/telemetry';
import { leaveReserved } from './leave-reserved';
import { tryLockMirrorsOf } from './lock-mirrors-of';

interface Mirror {
  readonly id: string;
  readonly registryId: string;
  readonly upstreamName: string;
}

/**
 * Takes what is reserved out of an organization's registries, whatever the mirrors' upstreams and runs are doing: a run may
 * be held, wait or be given up, and a disabled mirror has none.
 */
@Injectable()
export class EnforceReserved {
  private readonly logger = new Logger(EnforceReserved.name);

  constructor(private readonly db: OrgDb) {}

  /**
   * Looks at the next mirror that is behind. One that is busy or cannot be looked at is passed over.
   *
   * @param after the mirror that was looked at before; null for the first one
   * @returns the mirror that was looked at; null at the end, when all that has left every registry is marked as enforced
   */
  async execute(orgId: string, after: string | null): Promise<string | null> {
    const ctx = systemCtx(orgId, 'mirror', newRequestId());
    const [mirror] = await this.db.readRows<Mirror>(
      ctx,
      sql`
        select m.id, m.registry_id as "registryId", u.name as "upstreamName"
        from mirror m join upstream u on u.org_id = m.org_id and u.id = m.upstream_id
        where m.org_id = ${orgId} and (${after}::uuid is null or m.id > ${after}::uuid)
          and m.reserved_up_to < (select max(number) from reserved_namespace where org_id = ${orgId})
        order by m.id limit 1`,
    );
    if (mirror === undefined) {
      await this.db.write(ctx, conclude);
      return null;
    }
    try {
      await this.db.write(ctx, (tx) => leave(tx, mirror));
    } catch (error) {
      // What goes wrong in one registry keeps no other one from losing them.
      this.logger.error(`mirror ${mirror.id} of ${orgId}: ${error instanceof Error ? error.message : String(error)}`);
    }
    return mirror.id;
  }
}

async function leave(tx: Tx, mirror: Mirror): Promise<void> {
  await tx.run(constant(`set local statement_timeout = '10min'`));
  await tx.run(constant(`set local lock_timeout = '2s'`));
  // A run that is under way does this itself, or was planned before a namespace was reserved and is to be waited for.
  if (!(await tryLockMirrorsOf(tx, mirror.registryId))) return;
  const isFree = await tx.row(sql`
    select 1 from mirror where org_id = ${tx.ctx.orgId} and id = ${mirror.id} for no key update skip locked`);
  if (isFree === undefined) return;
  const gone = await leaveReserved(tx, mirror);
  if (gone.versions > 0) await removeFromRegistry(tx, mirror.registryId, gone);
}

/** A mirror that is made meanwhile brings none: its runs know what is reserved. */
async function conclude(tx: Tx): Promise<void> {
  await tx.run(sql`
    update reserved_namespace r set is_enforced = true
    where r.org_id = ${tx.ctx.orgId} and not r.is_enforced
      and not exists (select from mirror m where m.org_id = r.org_id and m.reserved_up_to < r.number)`);
}
