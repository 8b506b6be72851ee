import { Injectable } from '@nestjs/common';
import { isUuid, type Ctx } from '@portolan/kernel';
import type { PoolClient } from 'pg';
import { Changes } from './changes';
import { isRepeatable } from './pg-errors';
import { SPEAKING } from './pg-types';
import { BoundedPool } from './pool';
import { namingOf, readAs, type Naming, type ReadSettings } from './read-query';
import { preparedOf, toSql, type SqlFragment } from './sql';
import { bindTx, sendTogether, type Tx } from './tx';

const ATTEMPTS_MAX = 5;

export interface ReadOptions {
  /**
   * True for a page of a list whose order an index gives: the plan must follow that index even while the table's
   * statistics are old, for reading and sorting the whole list would cost what the list is long.
   */
  readonly inIndexOrder?: boolean;
  /**
   * True where one plan is right whatever the values are: a connection then makes it once. There may be a few variants of
   * such a statement's text, not one for each value.
   */
  readonly keepPlan?: boolean;
}

export interface WriteOptions {
  /**
   * True for a change that is made so often that a connection should plan its statements once: few, of fixed texts, and
   * each with an index that leads to what it touches, for no table is read as a whole. The first of them are sent with what
   * begins the transaction: without it they must change nothing, as policies see to in tables of an organization.
   */
  readonly keepPlans?: boolean;
}

/** How long statements may take. */
export interface StatementLimits {
  /** Of reads, in milliseconds; null is as long as all others. */
  readonly readTimeoutMs: number | null;
}

/** The only way to a Tx is to name the organization whose rows it may touch. */
@Injectable()
export class OrgDb {
  private readonly namings = new Map<string, Naming>();

  constructor(
    private readonly pool: BoundedPool,
    private readonly changes: Changes,
    private readonly limits: StatementLimits,
  ) {}

  /** Runs `work` in a read-only transaction. */
  async read<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>, options: ReadOptions = {}): Promise<T> {
    return this.transaction(this.beginRead(ctx, options), ctx, work, { keepPlans: false, waits: false });
  }

  /** The rows of one statement in a read-only transaction of its own, in one round trip. */
  async readRows<T>(ctx: Ctx, query: SqlFragment, options: ReadOptions = {}): Promise<T[]> {
    const { text, values } = toSql(query);
    const statement = options.keepPlan === true ? preparedOf(query) : { text, values: [...values] };
    const orgId = orgIdOf(ctx);
    const naming = this.namingFor(options);
    return this.pool.use(async (client) => (await readAs(client, orgId, naming, statement)) as T[]);
  }

  /**
   * Runs `work` in a transaction; it is repeated after a deadlock or conflict, so it must have no other effect. When it
   * returns, this process remembers nothing any more that the change has made wrong.
   */
  async write<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>, { keepPlans = false }: WriteOptions = {}): Promise<T> {
    const begin = `begin; ${keepPlans ? KEEPING_PLANS : ''}${naming(ctx)}`;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const result = await this.transaction(begin, ctx, work, { keepPlans, waits: !keepPlans });
        await this.changes.settled();
        return result;
      } catch (error) {
        if (attempt === ATTEMPTS_MAX || !isRepeatable(error)) throw error;
      }
    }
  }

  private beginRead(ctx: Ctx, options: ReadOptions): string {
    const settings = Object.entries(this.readSettings(options));
    return `begin read only; ${settings.map(([name, value]) => `set local ${name} = ${value}; `).join('')}${naming(ctx)}`;
  }

  private namingFor(options: ReadOptions): Naming {
    const kind = `${String(options.inIndexOrder)} ${String(options.keepPlan)}`;
    let known = this.namings.get(kind);
    if (known === undefined) this.namings.set(kind, (known = namingOf(this.readSettings(options))));
    return known;
  }

  private readSettings({ inIndexOrder = false, keepPlan = false }: ReadOptions): ReadSettings {
    const { readTimeoutMs } = this.limits;
    return {
      ...(readTimeoutMs === null ? {} : { statement_timeout: String(readTimeoutMs) }),
      ...(inIndexOrder ? { enable_sort: 'off' } : {}),
      // Without looking at values the planner takes a page for a third of the table, and would start workers for it.
      ...(keepPlan ? { plan_cache_mode: 'force_generic_plan', max_parallel_workers_per_gather: '0' } : {}),
    };
  }

  /** @param waits false where what follows may be sent before it is known that the transaction has begun */
  private transaction<T>(
    begin: string,
    ctx: Ctx,
    work: (tx: Tx) => Promise<T>,
    { keepPlans, waits }: { readonly keepPlans: boolean; readonly waits: boolean },
  ): Promise<T> {
    return this.pool.use(async (client: PoolClient) => {
      sendTogether(client);
      const begun = client.query(begin);
      begun.catch(() => undefined);
      const { tx, committed } = bindTx(client, ctx, keepPlans);
      try {
        if (waits) await begun;
        const result = await work(tx);
        await begun;
        // PostgreSQL answers the commit of a failed transaction with ROLLBACK and no error.
        const { command } = await (committed() ?? client.query('commit'));
        if (command !== 'COMMIT') throw new Error('the transaction was rolled back at its commit');
        return result;
      } catch (error) {
        await client.query('rollback').catch(() => undefined);
        await begun;
        throw error;
      }
    });
  }
}

// A plan that was made while a table was small must be right when it no longer is.
const KEEPING_PLANS = [
  'plan_cache_mode = force_generic_plan',
  'enable_seqscan = off',
  'max_parallel_workers_per_gather = 0',
]
  .map((one) => `set local ${one}; `)
  .join('');

// The id becomes part of a multi-statement text, which takes no parameters.
function naming(ctx: Ctx): string {
  const speaking = Object.entries(SPEAKING).map(([name, value]) => `set local ${name} = '${value}'; `);
  return `${speaking.join('')}select set_config('app.org_id', '${orgIdOf(ctx)}', true)`;
}

function orgIdOf({ orgId }: Ctx): string {
  if (!isUuid(orgId)) throw new Error('a context needs an organization');
  return orgId;
}
