import { Injectable } from '@nestjs/common';
import { isUuid, type Ctx } from '@portolan/kernel';
import type { PoolClient } from 'pg';
import { DataSource } from 'typeorm';
import { isRepeatable, translateServerError } from './pg-errors';
import { bindTx, type Tx } from './tx';

const ATTEMPTS_MAX = 5;

export interface ReadOptions {
  /**
   * True for a page of a list whose order an index gives: the plan must follow that index even while the table's
   * statistics are old, for reading and sorting the whole list would cost what the list is long.
   */
  readonly inIndexOrder?: boolean;
}

/** The only way to a Tx is to name the organization whose rows it may touch. */
@Injectable()
export class OrgDb {
  constructor(private readonly dataSource: DataSource) {}

  /** Runs `work` in a read-only transaction. */
  read<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>, { inIndexOrder = false }: ReadOptions = {}): Promise<T> {
    const begin = inIndexOrder ? 'begin read only; set local enable_sort = off' : 'begin read only';
    return this.transaction(begin, ctx, work);
  }

  /** Runs `work` in a transaction; it is repeated after a deadlock or conflict, so it must have no other effect. */
  async write<T>(ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.transaction('begin', ctx, work);
      } catch (error) {
        if (attempt === ATTEMPTS_MAX || !isRepeatable(error)) throw error;
      }
    }
  }

  private async transaction<T>(begin: string, ctx: Ctx, work: (tx: Tx) => Promise<T>): Promise<T> {
    // The id becomes part of a multi-statement text, which takes no parameters.
    if (!isUuid(ctx.orgId)) throw new Error('a context needs an organization');
    const runner = this.dataSource.createQueryRunner();
    try {
      const client = (await runner.connect()) as PoolClient;
      try {
        await client.query(`${begin}; select set_config('app.org_id', '${ctx.orgId}', true)`);
        const result = await work(bindTx(client, ctx));
        // PostgreSQL answers the commit of a failed transaction with ROLLBACK and no error.
        const { command } = await client.query('commit');
        if (command !== 'COMMIT') throw new Error('the transaction was rolled back at its commit');
        return result;
      } catch (error) {
        await client.query('rollback').catch(() => undefined);
        throw error;
      }
    } catch (error) {
      throw translateServerError(error);
    } finally {
      await runner.release();
    }
  }
}
