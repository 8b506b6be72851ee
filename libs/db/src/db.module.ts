import { type DynamicModule, Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { DatabaseConfig } from '@portolan/config';
import { DataSource } from 'typeorm';
import { connectApplication } from './data-source';
import { OrgDb } from './org-db';
import { SystemDb } from './system-db';

@Global()
@Module({})
export class DbModule implements OnApplicationShutdown {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  static forRoot(config: DatabaseConfig, applicationName: string): DynamicModule {
    return {
      module: DbModule,
      providers: [
        { provide: DataSource, useFactory: () => connectApplication(config, applicationName) },
        OrgDb,
        SystemDb,
      ],
      exports: [OrgDb, SystemDb],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.dataSource.destroy();
  }
}
