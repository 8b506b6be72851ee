import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { DatabaseConfig } from '@portolan/config';
import { Client } from 'pg';
import { CHANGES_CHANNEL, HEARD_WITHIN_MS, type Changes, type ChangeSource } from './changes';
import type { BoundedPool } from './pool';

const BEAT_MS = 200;
// Longer than what makes its notes doubtful: an event loop that was busy for so long finds the answer waiting.
const DEAD_AFTER_MS = 5_000;
const AGAIN_AFTER_MS = 500;
const CONNECT_TIMEOUT_MS = 5_000;
const HELLO_WITHIN_MS = 2_000;

/**
 * A connection of its own on which the database tells what has changed. It is asked for a sign of life all the time: a line
 * that was cut without a word is noticed before anybody could be told something old for longer than a second.
 */
export class ChangeLine implements ChangeSource {
  private readonly logger = new Logger('Changes');
  private client: Client | null = null;
  private beat: NodeJS.Timeout | undefined;
  private again: NodeJS.Timeout | undefined;
  private asking: Promise<void> | null = null;
  private askingNext: Promise<void> | null = null;
  private isClosed = false;
  private isKnownLost = false;

  constructor(
    private readonly config: Pick<DatabaseConfig, 'url'>,
    private readonly applicationName: string,
    private readonly changes: Changes,
    private readonly pool: BoundedPool,
  ) {}

  /** Resolves after the first attempt, well or ill; further ones go on in the background. */
  async open(): Promise<void> {
    this.changes.attach(this);
    const client = new Client({
      connectionString: this.config.url,
      application_name: this.applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
    });
    this.client = client;
    client.on('error', (error) => {
      this.lose(client, error.message);
    });
    client.on('end', () => {
      this.lose(client, 'the connection ended');
    });
    try {
      await client.connect();
      await this.listen(client);
      if (client !== this.client) return;
      this.beat = setInterval(() => void this.ask(), BEAT_MS);
      this.beat.unref();
      await this.ask();
      this.isKnownLost = false;
    } catch (error) {
      this.lose(client, reasonOf(error));
    }
  }

  async settled(): Promise<void> {
    const askedMs = performance.now();
    const given = new AbortController();
    const isTold = await Promise.race([
      this.ask().then(() => true),
      delay(HEARD_WITHIN_MS, false, { signal: given.signal, ref: false }).catch(() => false),
    ]);
    given.abort();
    // Then nothing is believed before an answer to a later question.
    if (!isTold) this.changes.distrust(askedMs);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const { client } = this;
    this.leave();
    await client?.end().catch(() => undefined);
  }

  /**
   * Believes in the line only once it has brought a note that was sent elsewhere while nothing was asked of it: a pooler that
   * shares sessions takes LISTEN, and then tells whoever has the session by chance.
   */
  private async listen(client: Client): Promise<void> {
    const sign = `hello:${randomBytes(8).toString('hex')}`;
    const told = new Promise<true>((resolve) => {
      client.on('notification', ({ payload = '' }) => {
        if (payload === sign) resolve(true);
        else if (!payload.startsWith('hello:')) this.changes.note(payload);
      });
    });
    await client.query(`listen ${CHANGES_CHANNEL}`);
    // Notes from before are lost; those from now on come.
    this.changes.forget();
    await this.pool.use((other) => other.query('select pg_notify($1, $2)', [CHANGES_CHANNEL, sign]));
    const isTold = await Promise.race([told, delay(HELLO_WITHIN_MS, false, { ref: false })]);
    if (!isTold) throw new Error('it takes LISTEN and brings no notes, as a pooler does that shares sessions');
  }

  /** Asks for a sign of life that is sent after the call; whoever calls while one is under way shares the next. */
  private ask(): Promise<void> {
    if (this.askingNext !== null) return this.askingNext;
    if (this.asking === null) return (this.asking = this.send());
    return (this.askingNext = this.asking.then(() => {
      this.askingNext = null;
      return (this.asking = this.send());
    }));
  }

  /** Never rejects. An answer proves that each note of a commit before the question has come: PostgreSQL sends those first. */
  private async send(): Promise<void> {
    const { client } = this;
    if (client === null || this.beat === undefined) {
      this.asking = null;
      return;
    }
    const sentMs = performance.now();
    const timer = setTimeout(() => {
      this.lose(client, `no sign of life for ${DEAD_AFTER_MS} ms`);
    }, DEAD_AFTER_MS);
    timer.unref();
    try {
      await client.query('select 1');
      if (client === this.client) this.changes.heard(sentMs);
    } catch (error) {
      this.lose(client, reasonOf(error));
    } finally {
      clearTimeout(timer);
      this.asking = null;
    }
  }

  private lose(client: Client, reason: string): void {
    if (this.isClosed || client !== this.client) return;
    this.leave();
    void client.end().catch(() => undefined);
    if (!this.isKnownLost) this.logger.warn(`no line to the database, so nothing is kept in memory: ${reason}`);
    this.isKnownLost = true;
    this.again = setTimeout(() => void this.open(), AGAIN_AFTER_MS);
    this.again.unref();
  }

  private leave(): void {
    clearTimeout(this.again);
    clearInterval(this.beat);
    this.beat = undefined;
    this.client = null;
    this.changes.lost();
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
