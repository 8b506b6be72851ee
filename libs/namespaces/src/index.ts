export { NamespacesModule } from './namespaces.module';
export { isReservedSql } from './reserved/is-reserved';
