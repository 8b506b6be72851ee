import { Module } from '@nestjs/common';
import { CatalogueModule } from '../catalogue.module';
import { LegacyServersController } from './legacy-servers.controller';
import { PublishController } from './publish.controller';
import { RegistriesController } from './registries.controller';
import { RegistryInfoController } from './registry-info.controller';
import { RegistryOpenApiController } from './registry-openapi.controller';
import { ServersController } from './servers.controller';

@Module({
  imports: [CatalogueModule],
  controllers: [
    RegistriesController,
    ServersController,
    LegacyServersController,
    PublishController,
    RegistryInfoController,
    RegistryOpenApiController,
  ],
})
export class CatalogueHttpModule {}
