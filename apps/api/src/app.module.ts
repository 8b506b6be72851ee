import { type DynamicModule, Module } from '@nestjs/common';
import { AccessModule } from '@portolan/access';
import { AccessHttpModule } from '@portolan/access/http';
import { AuditHttpModule } from '@portolan/audit/http';
import { CatalogueHttpModule } from '@portolan/catalogue/http';
import type { ApiConfig } from '@portolan/config';
import { DbModule } from '@portolan/db';
import { MirrorHttpModule } from '@portolan/mirror/http';
import { NamespacesHttpModule } from '@portolan/namespaces/http';
import { TelemetryModule } from '@portolan/telemetry';
import { HealthController } from './health.controller';
import { MetricsController } from './metrics.controller';

/** The rooms that make up the API. */
@Module({})
export class AppModule {
  static forRoot(config: ApiConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        DbModule.forRoot(config.database, { applicationName: 'portolan-api', serves: true }),
        AccessModule.forRoot(config.access),
        AccessHttpModule,
        AuditHttpModule,
        CatalogueHttpModule.forRoot(config.pageCacheBytes),
        MirrorHttpModule,
        NamespacesHttpModule,
        TelemetryModule,
      ],
      controllers: [HealthController, MetricsController],
    };
  }
}
