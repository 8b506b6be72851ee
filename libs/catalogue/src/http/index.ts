export { CatalogueHttpModule } from './catalogue-http.module';
export { isSubApi } from './sub-api-paths';
