import { Injectable } from '@nestjs/common';
import { releaseDocuments } from '@portolan/catalogue';
import { constant, OrgDb, sql, SystemDb, type SqlFragment, type Tx } from '@portolan/db';
import { systemCtx } from '@portolan/kernel';
import { newRequestId } from '@portolan/telemetry';
import { releaseEach } from './release-each';

const SOURCES = 100;
const STATES = 5_000;
const CRAWLS_KEPT = 100;
/** Twice as long as each mirror goes without comparing everything. */
const MISSING_KEPT_DAYS = 2;

/** Forgets states of copies that nobody shows any more, and copies that nobody reads. */
@Injectable()
export class TidySources {
  constructor(
    private readonly system: SystemDb,
    private readonly db: OrgDb,
  ) {}

  async execute(isStopped: () => boolean): Promise<void> {
    await this.system.call(sql`select expire_held_mirror_runs()`);
    const old = await this.system.call<{ org_id: string; id: string; oldest: number }>(
      sql`select org_id, id, oldest::float8 as oldest from list_sources_to_tidy(${SOURCES})`,
    );
    for (const { org_id: orgId, id, oldest } of old) {
      await this.forgetAll(orgId, sql`source_id = ${id} and to_crawl <= ${oldest}`, isStopped);
      // Those who showed them show tombstones by now, which need no state any more.
      const recently = sql`clock_timestamp() - make_interval(days => ${MISSING_KEPT_DAYS})`;
      await this.forgetAll(
        orgId,
        sql`source_id = ${id} and missing and to_crawl is null and from_crawl <= ${oldest}
            and from_crawl < (select coalesce(min(c.number), ${oldest}) from source_crawl c
                              where c.source_id = ${id} and c.started_at > ${recently})`,
        isStopped,
      );
      await this.inSource(orgId, (tx) =>
        tx.run(sql`
          delete from source_crawl
          where org_id = ${orgId} and source_id = ${id} and state <> 'running' and number < ${oldest - CRAWLS_KEPT}
            and started_at <= ${recently}`),
      );
    }
    const unused = await this.system.call<{ org_id: string; id: string }>(
      sql`select org_id, id from list_unused_sources(${SOURCES})`,
    );
    for (const { org_id: orgId, id } of unused)
      if (!isStopped())
        await this.inSource(orgId, (tx) =>
          releaseEach(tx, sql`select distinct encode(hash, 'hex') as hash from drop_unused_source(${id}) as hash`),
        );
  }

  private async forgetAll(orgId: string, states: SqlFragment, isStopped: () => boolean): Promise<void> {
    for (let found = STATES; found === STATES && !isStopped();)
      found = await this.inSource(orgId, (tx) => forget(tx, states));
  }

  private inSource<T>(orgId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.write(systemCtx(orgId, 'mirror', newRequestId()), async (tx) => {
      await tx.run(constant(`set local statement_timeout = '10min'`));
      return work(tx);
    });
  }
}

async function forget(tx: Tx, states: SqlFragment): Promise<number> {
  const gone = await tx.rows<{ hash: string | null }>(sql`
    delete from source_version where org_id = ${tx.ctx.orgId} and ${states}
      and (name, version, from_crawl) in (
        select name, version, from_crawl from source_version
        where org_id = ${tx.ctx.orgId} and ${states} limit ${STATES})
    returning encode(document_hash, 'hex') as hash`);
  await releaseDocuments(tx, [...new Set(gone.flatMap(({ hash }) => hash ?? []))]);
  return gone.length;
}
