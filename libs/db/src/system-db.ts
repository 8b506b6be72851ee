import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { translateServerError } from './pg-errors';
import { toSql, type SqlFragment } from './sql';

/**
 * Calls of the few SECURITY DEFINER functions that answer before an organization is known: who a token belongs to,
 * which registry a public path means, which outbox rows wait. No table is readable this way.
 */
@Injectable()
export class SystemDb {
  constructor(private readonly dataSource: DataSource) {}

  async call<T>(query: SqlFragment): Promise<T[]> {
    const { text, values } = toSql(query);
    try {
      return await this.dataSource.query<T[]>(text, [...values]);
    } catch (error) {
      throw translateServerError(error);
    }
  }
}
