import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { AccessConfig } from '@portolan/config';
import { ACCESS_CONFIG } from '../access-config';
import { MemoryBuckets } from './memory-buckets';
import { RedisBuckets } from './redis-buckets';
import type { Buckets, BucketSize, Taken } from './token-bucket';

/** The buckets of all processes when Redis is configured, else those of this process. */
@Injectable()
export class ProcessBuckets implements Buckets, OnApplicationShutdown {
  private opened: Buckets | null = null;

  constructor(@Inject(ACCESS_CONFIG) private readonly config: AccessConfig) {}

  take(key: string, size: BucketSize, cost?: number): Promise<Taken> {
    return this.open().take(key, size, cost);
  }

  takeNow(key: string, size: BucketSize): Taken | null {
    return this.open().takeNow(key, size);
  }

  peek(key: string, size: BucketSize): Promise<Taken> {
    return this.open().peek(key, size);
  }

  give(key: string, size: BucketSize, tokens?: number): Promise<void> {
    return this.open().give(key, size, tokens);
  }

  async close(): Promise<void> {
    await this.opened?.close();
  }

  onApplicationShutdown(): Promise<void> {
    return this.close();
  }

  // Processes that limit nobody, such as the worker, need no connection.
  private open(): Buckets {
    this.opened ??= this.config.redisUrl === null ? new MemoryBuckets() : new RedisBuckets(this.config.redisUrl);
    return this.opened;
  }
}
