import type { Ctx } from '@portolan/kernel';
import type { PoolClient } from 'pg';
import { TYPES } from './pg-types';
import { toSql, type SqlFragment } from './sql';

declare const bound: unique symbol;

/** A transaction bound to one organization. Only OrgDb makes one. */
export interface Tx {
  readonly [bound]: true;
  readonly ctx: Ctx;
  rows<T>(query: SqlFragment): Promise<T[]>;
  /** The first row, or undefined. */
  row<T>(query: SqlFragment): Promise<T | undefined>;
  /** Runs a statement and tells how many rows it touched. */
  run(query: SqlFragment): Promise<number>;
}

export function bindTx(client: PoolClient, ctx: Ctx): Tx {
  const query = async (fragment: SqlFragment) => {
    const { text, values } = toSql(fragment);
    return client.query<Record<string, unknown>>({ text, values: [...values], types: TYPES });
  };
  const rows = async <T>(fragment: SqlFragment) => (await query(fragment)).rows as T[];
  return {
    ctx,
    rows,
    row: async <T>(fragment: SqlFragment) => (await rows<T>(fragment))[0],
    run: async (fragment: SqlFragment) => (await query(fragment)).rowCount ?? 0,
  } as Tx;
}
