import type { Writable } from 'node:stream';
import type { Ctx } from '@portolan/kernel';
import type { PoolClient, QueryResult } from 'pg';
import { TYPES } from './pg-types';
import { preparedOf, toSql, type SqlFragment } from './sql';

declare const bound: unique symbol;

/**
 * A transaction bound to one organization. Only OrgDb makes one. Statements are sent when they are asked for and run in
 * that order; whoever needs no answer of one to ask for the next awaits them together (`inTurn`).
 */
export interface Tx {
  readonly [bound]: true;
  readonly ctx: Ctx;
  rows<T>(query: SqlFragment): Promise<T[]>;
  /** The first row, or undefined. */
  row<T>(query: SqlFragment): Promise<T | undefined>;
  /** Runs a statement and tells how many rows it touched. */
  run(query: SqlFragment): Promise<number>;
  /**
   * Like run for the last statement of a write: the commit is sent along, so that what the statement locks is held for no
   * answer's way. The statement has to fail where nothing may be committed.
   */
  runLast(query: SqlFragment): Promise<number>;
}

/** A Tx, and the answer to its commit where that was sent along with a statement. */
export interface BoundTx {
  readonly tx: Tx;
  readonly committed: () => Promise<QueryResult> | null;
}

/** @param keepPlans has the connection prepare each statement under a name of its text */
export function bindTx(client: PoolClient, ctx: Ctx, keepPlans: boolean): BoundTx {
  let commit: Promise<QueryResult> | null = null;
  const query = (fragment: SqlFragment) => {
    sendTogether(client);
    if (keepPlans) return client.query<Record<string, unknown>>({ ...preparedOf(fragment), types: TYPES });
    const { text, values } = toSql(fragment);
    return client.query<Record<string, unknown>>({ text, values: [...values], types: TYPES });
  };
  const rows = async <T>(fragment: SqlFragment) => (await query(fragment)).rows as T[];
  const tx = {
    ctx,
    rows,
    row: async <T>(fragment: SqlFragment) => (await rows<T>(fragment))[0],
    run: async (fragment: SqlFragment) => (await query(fragment)).rowCount ?? 0,
    runLast: async (fragment: SqlFragment) => {
      const answer = query(fragment);
      commit = client.query('commit');
      // Whoever waits for the commit hears of it.
      commit.catch(() => undefined);
      return (await answer).rowCount ?? 0;
    },
  } as Tx;
  return { tx, committed: () => commit };
}

/** Has whatever a connection is given in this turn leave as one piece: to send costs more than to say. */
export function sendTogether(client: PoolClient): void {
  const { stream } = (client as unknown as { readonly connection: { readonly stream: Writable } }).connection;
  if (stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => {
    stream.uncork();
  });
}

/**
 * What statements answer that are on their way at once. All are waited for; of those that fail the first counts, for the
 * others fail because of it.
 */
export async function inTurn<const T extends readonly Promise<unknown>[]>(
  answers: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const settled = await Promise.allSettled(answers);
  return settled.map((answer) => {
    if (answer.status === 'rejected') throw answer.reason;
    return answer.value;
  }) as { -readonly [K in keyof T]: Awaited<T[K]> };
}
