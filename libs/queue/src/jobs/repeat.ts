import { Logger } from '@nestjs/common';

const STOP_MAX_MS = 2_000;

/** Does a piece of work again and again, a pause after it has ended; what it throws is logged and ends nothing. */
export class Repeat {
  private readonly logger = new Logger(Repeat.name);
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;

  /** @param work may ask between its steps whether it should end */
  constructor(
    private readonly name: string,
    private readonly pauseMs: number,
    private readonly work: (isStopped: () => boolean) => Promise<void>,
  ) {}

  start(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.running = this.once().finally(() => {
        this.start();
      });
    }, this.pauseMs);
  }

  /** Waits for work that is under way, but not for ever: a server that is gone answers no farewell. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await atMost(STOP_MAX_MS, this.running);
  }

  private async once(): Promise<void> {
    try {
      await this.work(() => this.stopped);
    } catch (error) {
      this.logger.error(`${this.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

export async function atMost(milliseconds: number, work: Promise<void> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
}
