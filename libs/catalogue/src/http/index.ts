export { CatalogueHttpModule } from './catalogue-http.module';
export { isSubApi } from './sub-api-paths';
export { RememberedReads } from './pages/remembered-reads';
