import { type DynamicModule, Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { DatabaseConfig } from '@portolan/config';
import { Pool } from 'pg';
import { openApplicationPool } from './application-pool';
import { ChangeLine } from './change-line';
import { Changes } from './changes';
import { DatabaseHealth } from './database-health';
import { LocalBackends } from './local-backends';
import { OrgDb } from './org-db';
import { BoundedPool } from './pool';
import { SystemDb } from './system-db';

/** What a program is that uses the database. */
export interface DatabaseUser {
  readonly applicationName: string;
  /** True for one that answers others: it remembers what it has read, and turns away what it cannot do in time. */
  readonly serves: boolean;
}

@Global()
@Module({})
export class DbModule implements OnApplicationShutdown {
  constructor(
    @Inject(Pool) private readonly pool: Pool,
    private readonly line: ChangeLine,
  ) {}

  static forRoot(config: DatabaseConfig, { applicationName, serves }: DatabaseUser): DynamicModule {
    const readTimeoutMs = serves ? Math.min(config.readTimeoutMs, config.statementTimeoutMs) : null;
    return {
      module: DbModule,
      providers: [
        {
          provide: Pool,
          useFactory: (backends: LocalBackends) =>
            openApplicationPool(config, applicationName, serves ? undefined : backends.onConnect),
          inject: [LocalBackends],
        },
        { provide: Changes, useFactory: () => new Changes() },
        {
          provide: ChangeLine,
          useFactory: async (changes: Changes, pool: BoundedPool) => {
            const line = new ChangeLine(config, `${applicationName}-changes`, changes, pool);
            if (serves) await line.open();
            return line;
          },
          inject: [Changes, BoundedPool],
        },
        {
          provide: BoundedPool,
          useFactory: (pool: Pool) => new BoundedPool(pool, serves ? config.queueSize : null),
          inject: [Pool],
        },
        {
          provide: OrgDb,
          useFactory: (pool: BoundedPool, changes: Changes) => new OrgDb(pool, changes, { readTimeoutMs }),
          inject: [BoundedPool, Changes],
        },
        LocalBackends,
        SystemDb,
        DatabaseHealth,
      ],
      exports: [Changes, DatabaseHealth, LocalBackends, OrgDb, SystemDb],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.line.close();
    await this.pool.end();
  }
}
