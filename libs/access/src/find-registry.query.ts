import { Injectable } from '@nestjs/common';
import { sql, SystemDb } from '@portolan/db';
import { isUuid } from '@portolan/kernel';

/** The registry that a path means, before anything is decided about it. */
export interface FoundRegistry {
  readonly org_id: string;
  readonly org_name: string;
  readonly id: string;
  readonly name: string;
  readonly visibility: 'private' | 'public';
  readonly org_state: 'active' | 'suspended';
}

/** Finds the registry of a path by its id, by its name inside the caller's organization, or by both names. */
@Injectable()
export class FindRegistry {
  constructor(private readonly system: SystemDb) {}

  /** `caller` is null without a credential; then only an id finds something. */
  async byIdentifier(
    caller: { readonly orgId: string; readonly orgName: string } | null,
    identifier: string,
  ): Promise<FoundRegistry | undefined> {
    const byId = isUuid(identifier) ? await this.byId(identifier) : undefined;
    if (!caller || byId?.org_id === caller.orgId) return byId;
    // A name may look like an id: whether it finds its registry must not depend on the ids of other organizations.
    return (await this.byNames(caller.orgName, identifier)) ?? byId;
  }

  async byNames(organization: string, registry: string): Promise<FoundRegistry | undefined> {
    const [row] = await this.system.call<FoundRegistry>(
      sql`select * from find_registry_by_names(${organization}, ${registry})`,
    );
    return row;
  }

  private async byId(id: string): Promise<FoundRegistry | undefined> {
    const [row] = await this.system.call<FoundRegistry>(sql`select * from find_registry_by_id(${id}::uuid)`);
    return row;
  }
}
