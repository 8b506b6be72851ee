import { Query, type Connection, type PoolClient, type QueryConfig } from 'pg';
import { SPEAKING, TYPES } from './pg-types';
import { constant, join, preparedOf, sql } from './sql';

/** Settings of PostgreSQL that hold for one read. */
export type ReadSettings = Readonly<Record<string, string>>;

type Rows = readonly Record<string, unknown>[];

/** The statement that names the organization of a read, and sets what holds for it; its one value is the organization. */
export interface Naming {
  readonly name: string;
  readonly text: string;
}

/** What pg's typings leave out of its connection. */
interface WireConnection extends Connection {
  readonly parsedStatements: Readonly<Record<string, string | undefined>>;
  readonly submittedNamedStatements: Readonly<Record<string, string | undefined>>;
}

const READ = { transaction_read_only: 'on', ...SPEAKING };
/** Portal without a name, and no limit on its rows. */
const PORTAL = { portal: '', rows: '' };

/**
 * A statement in a transaction of its own that PostgreSQL begins and ends by itself: what names the organization and the
 * statement go out between the same two Syncs, so the settings are local to both, and nothing else has to be said.
 */
class OneRead extends Query {
  private readonly sendStatement = this.submit;

  constructor(
    statement: QueryConfig,
    { name }: Naming,
    orgId: string,
    private readonly done: (error: Error | null, results: unknown) => void,
  ) {
    super({ ...statement, types: TYPES, queryMode: 'extended' } as QueryConfig);
    this.submit = (connection): Error | null => {
      connection.stream.cork();
      try {
        connection.bind({ ...PORTAL, statement: name, values: [orgId] }, true);
        connection.execute(PORTAL, true);
        // Typed as nothing; an error is of a statement that was not sent, which would leave the naming to the next one.
        const refused = (this.sendStatement as (connection: Connection) => Error | null)(connection);
        if (refused) connection.stream.destroy(refused);
        return refused;
      } finally {
        connection.stream.uncork();
      }
    };
  }

  readonly callback = (error: Error | null, results: unknown): void => {
    this.done(error, results);
  };
}

/** What has to be said before a read with such settings. */
export function namingOf(settings: ReadSettings): Naming {
  const local = Object.entries({ ...READ, ...settings }).map(([name, value]) =>
    constant(`set_config('${name}', '${value}', true)`),
  );
  // Every argument is evaluated, and no row comes of it.
  const { name, text } = preparedOf(sql`
    select where num_nonnulls(set_config('app.org_id', ${null}, true), ${join(local, ', ')}) = 0`);
  return { name, text };
}

/**
 * The rows of one statement that reads as the organization.
 *
 * @param statement prepared where it has a name
 */
export function readAs(client: PoolClient, orgId: string, naming: Naming, statement: QueryConfig): Promise<Rows> {
  const { connection } = client as unknown as { readonly connection: WireConnection };
  const { parsedStatements, submittedNamedStatements } = connection;
  // Once for each connection. It is on its way before the read, which fails with it.
  if (parsedStatements[naming.name] === undefined && submittedNamedStatements[naming.name] === undefined)
    client.query({ ...naming, values: [orgId] }).catch(() => undefined);
  return new Promise((resolve, reject) => {
    client.query(
      new OneRead(statement, naming, orgId, (error, results) => {
        if (error) reject(error);
        else if (isNamedRead(results)) resolve(results[1].rows);
        else reject(new Error('the database answered something else than a read'));
      }),
    );
  });
}

function isNamedRead(results: unknown): results is readonly [naming: unknown, read: { readonly rows: Rows }] {
  return Array.isArray(results) && results.length === 2;
}
