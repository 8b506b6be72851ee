import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { getPriority } from 'node:os';
import { Logger } from '@nestjs/common';
import { isLowPriority, lowerPriority } from '@portolan/telemetry';
import type { Client, ClientBase } from 'pg';

/** The two ends of a connection. */
export interface Ends {
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly remoteAddress?: string | undefined;
}

/**
 * The PostgreSQL processes that work for this program, where they are on this machine. They get its own priority: else the
 * kernel would give what nobody waits for as much as what somebody waits for. What cannot be told for certain to be the
 * process at the other end is left alone.
 */
export class LocalBackends {
  private readonly logger = new Logger(LocalBackends.name);
  private readonly known = new Set<number>();
  private isTold = false;

  /** Process ids of those that serve a connection now. */
  get pids(): ReadonlySet<number> {
    return this.known;
  }

  /** For a pool that has opened a connection. Returns at once and throws nothing. */
  readonly onConnect = (client: ClientBase): void => {
    void this.follow(client as Client);
  };

  private async follow(client: Client): Promise<void> {
    try {
      const { processID: pid } = client as unknown as { readonly processID: number | null };
      const { stream } = client.connection as unknown as { readonly stream: Socket };
      const { user = '', database = '' } = client;
      if (pid === null || stream.destroyed || !isBackend(titleOf(pid), { user, database }, stream)) return;
      this.known.add(pid);
      stream.once('close', () => this.known.delete(pid));
      if (isLowPriority()) await lowerPriority(pid, getPriority(), () => !stream.destroyed);
    } catch (error) {
      // Another user's process, a container, another system: it works without.
      if (!this.isTold) this.logger.debug(`the database works at its own priority: ${String(error)}`);
      this.isTold = true;
    }
  }
}

/**
 * Whether a process is what serves a connection of ours: PostgreSQL names in the title of each process whom it serves. What
 * is reached at an address of another machine, through a pooler or in another container bears another address, port or id.
 *
 * @param title such as `postgres: name of the cluster: user database 127.0.0.1(40000) idle`
 */
export function isBackend(
  title: string,
  { user, database }: { readonly user: string; readonly database: string },
  { localAddress, localPort, remoteAddress }: Ends,
): boolean {
  // Without addresses it is a unix socket, which names nobody.
  if (localAddress === undefined || localPort === undefined || localAddress !== remoteAddress) return false;
  const address = localAddress.replace(/^::ffff:/, '');
  return title.startsWith('postgres: ') && title.includes(`: ${user} ${database} ${address}(${localPort}) `);
}

/** @throws Error where there is no /proc, or no such process in it */
function titleOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
}
