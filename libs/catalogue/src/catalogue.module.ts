import { Module } from '@nestjs/common';
import { CreateRegistry } from './registries/create-registry.service';
import { DeleteRegistry } from './registries/delete-registry.service';
import { GetRegistry } from './registries/get-registry.query';
import { ListRegistries } from './registries/list-registries.query';
import { UpdateRegistry } from './registries/update-registry.service';
import { ChangeServerStatus } from './versions/change-server-status.service';
import { ChangeVersionStatus } from './versions/change-version-status.service';
import { EditVersion } from './versions/edit-version.service';
import { GetVersion } from './versions/get-version.query';
import { ListServers } from './versions/list-servers.query';
import { ListVersions } from './versions/list-versions.query';
import { PublishVersion } from './versions/publish-version.service';
import { SweepDocuments } from './versions/sweep-documents.service';

const PROVIDERS = [
  ChangeServerStatus,
  ChangeVersionStatus,
  CreateRegistry,
  DeleteRegistry,
  EditVersion,
  GetRegistry,
  GetVersion,
  ListRegistries,
  ListServers,
  ListVersions,
  PublishVersion,
  SweepDocuments,
  UpdateRegistry,
];

@Module({ providers: PROVIDERS, exports: PROVIDERS })
export class CatalogueModule {}
