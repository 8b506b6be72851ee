export { CatalogueModule } from './catalogue.module';
export { listServersSql } from './versions/list-servers.query';
