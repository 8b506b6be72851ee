import { Injectable } from '@nestjs/common';
import { OrgDb, sql, SystemDb } from '@portolan/db';
import { isUuid, type Ctx } from '@portolan/kernel';

/** The registry that a path means, before anything is decided about it. */
export interface FoundRegistry {
  readonly org_id: string;
  readonly id: string;
  readonly name: string;
  readonly visibility: 'private' | 'public';
  readonly org_state: 'active' | 'suspended';
}

/** Finds the registry of a path by its id, by its name inside the caller's organization, or by both names. */
@Injectable()
export class FindRegistry {
  constructor(
    private readonly system: SystemDb,
    private readonly db: OrgDb,
  ) {}

  async byNames(organization: string, registry: string): Promise<FoundRegistry | undefined> {
    const [row] = await this.system.call<FoundRegistry>(
      sql`select * from find_registry_by_names(${organization}, ${registry})`,
    );
    return row;
  }

  /** `ctx` is null without a credential; then only an id finds something. */
  async byIdentifier(ctx: Ctx | null, identifier: string): Promise<FoundRegistry | undefined> {
    if (isUuid(identifier)) {
      const [row] = await this.system.call<FoundRegistry>(sql`select * from find_registry_by_id(${identifier}::uuid)`);
      if (row) return row;
    }
    if (!ctx) return undefined;
    return this.db.read(ctx, (tx) =>
      tx.row<FoundRegistry>(sql`
        select r.org_id, r.id, r.name, r.visibility, o.state as org_state
        from registry r join organization o on o.id = r.org_id
        where r.org_id = ${ctx.orgId} and r.name = ${identifier}`),
    );
  }
}
