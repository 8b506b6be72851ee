export { CatalogueModule } from './catalogue.module';
export { PublishVersion } from './versions/publish-version.service';
export { ListServers, listServersSql } from './versions/list-servers.query';
export { releaseDocuments, storeDocuments } from './versions/documents';
export { addToRegistry, removeFromRegistry } from './versions/server-lock';
