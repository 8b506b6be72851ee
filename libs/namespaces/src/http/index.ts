export { NamespacesHttpModule } from './namespaces-http.module';
