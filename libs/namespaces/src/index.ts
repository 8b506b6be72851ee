export { NamespacesModule } from './namespaces.module';
