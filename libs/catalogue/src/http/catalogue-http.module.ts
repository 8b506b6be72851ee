import { type DynamicModule, Module } from '@nestjs/common';
import { AccessHttpModule } from '@portolan/access/http';
import { Changes } from '@portolan/db';
import { CatalogueModule } from '../catalogue.module';
import { LegacyServersController } from './legacy-servers.controller';
import { PageMemory } from './pages/page-memory';
import { Questions } from './pages/questions';
import { Reads } from './pages/reads';
import { RememberedReads } from './pages/remembered-reads';
import { PublishController } from './publish.controller';
import { RegistriesController } from './registries.controller';
import { RegistryInfoController } from './registry-info.controller';
import { RegistryOpenApiController } from './registry-openapi.controller';
import { ServersController } from './servers.controller';

const CONTROLLERS = [
  RegistriesController,
  ServersController,
  LegacyServersController,
  PublishController,
  RegistryInfoController,
  RegistryOpenApiController,
];

@Module({})
export class CatalogueHttpModule {
  /** @param pageCacheBytes memory for pages that were sent; 0 keeps none */
  static forRoot(pageCacheBytes: number): DynamicModule {
    return {
      module: CatalogueHttpModule,
      imports: [AccessHttpModule, CatalogueModule],
      controllers: CONTROLLERS,
      providers: [
        {
          provide: PageMemory,
          useFactory: (changes: Changes) => new PageMemory(changes, pageCacheBytes),
          inject: [Changes],
        },
        Questions,
        Reads,
        RememberedReads,
      ],
    };
  }
}
