import { AppError } from '@portolan/kernel';
import type { Pool, PoolClient } from 'pg';
import { translateServerError } from './pg-errors';

const RETRY_SOON = { 'Retry-After': '1' };

/** The connections of a process, with a bound on how many may wait for one. */
export class BoundedPool {
  /** @param queueMax how many may wait; null for a program whose own jobs are its only callers */
  constructor(
    private readonly pool: Pool,
    private readonly queueMax: number | null,
  ) {}

  /**
   * Lends a connection for as long as `work` takes.
   *
   * @throws AppError database_busy when too many wait already; database_unavailable
   */
  async use<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    if (this.queueMax !== null && this.pool.waitingCount >= this.queueMax)
      throw new AppError('database_busy', { headers: RETRY_SOON });
    try {
      const client = await this.pool.connect();
      let broken: Error | undefined;
      // A connection that is cut fails its statement, and says so once more here; unheard that would end the program.
      const note = (error: Error) => {
        broken = error;
      };
      client.on('error', note);
      try {
        return await work(client);
      } finally {
        client.off('error', note);
        client.release(broken);
      }
    } catch (error) {
      throw translateServerError(error);
    }
  }
}
