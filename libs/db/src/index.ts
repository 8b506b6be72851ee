export { boundedPageSql, cutPage, type Found } from './bounded-page';
export { DbModule } from './db.module';
export { containsPattern, filterSql, pageSql } from './list-sql';
export { migrate, type Grants, type MigrationClass } from './migrate';
export { OrgDb } from './org-db';
export { brokenConstraint, isUnstorable, RepeatTransaction } from './pg-errors';
export { constant, sql, toSql, type SqlFragment } from './sql';
export { SystemDb } from './system-db';
export type { Tx } from './tx';
