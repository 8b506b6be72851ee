import { Injectable } from '@nestjs/common';
import { BoundedPool } from './pool';
import { preparedOf, type SqlFragment } from './sql';

/**
 * Calls of the few SECURITY DEFINER functions that answer before an organization is known: who a token belongs to,
 * which registry a public path means, which outbox rows wait. No table is readable this way.
 */
@Injectable()
export class SystemDb {
  constructor(private readonly pool: BoundedPool) {}

  call<T>(query: SqlFragment): Promise<T[]> {
    // A few fixed calls, which are planned once for each connection.
    return this.pool.use(async (client) => (await client.query(preparedOf(query))).rows as T[]);
  }
}
