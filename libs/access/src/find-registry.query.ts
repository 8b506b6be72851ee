import { Injectable } from '@nestjs/common';
import { Changes, organizationTopic, sql, SystemDb, type Moment, type SqlFragment } from '@portolan/db';
import { isUuid, roomFor } from '@portolan/kernel';
import { LRUCache } from 'lru-cache';

const REGISTRIES_MAX = 20_000;

/** The registry that a path means, before anything is decided about it. */
export interface FoundRegistry {
  readonly org_id: string;
  readonly org_name: string;
  readonly id: string;
  readonly name: string;
  readonly visibility: 'private' | 'public';
  readonly org_state: 'active' | 'suspended';
}

interface Caller {
  readonly orgId: string;
  readonly orgName: string;
}

interface Remembered {
  readonly registry: FoundRegistry;
  readonly since: Moment;
}

/**
 * Finds the registry of a path by its id, by its name inside the caller's organization, or by both names. What was found is
 * remembered until something changes in its organization; what was not is looked for again.
 */
@Injectable()
export class FindRegistry {
  private readonly found = new LRUCache<string, Remembered>(roomFor(REGISTRIES_MAX));

  constructor(
    private readonly system: SystemDb,
    private readonly changes: Changes,
  ) {}

  /**
   * @param caller null without a credential; then only an id finds something
   * @param remember false to ask the database in any case
   */
  async byIdentifier(caller: Caller | null, identifier: string, remember: boolean): Promise<FoundRegistry | undefined> {
    const byId = isUuid(identifier) ? await this.byId(identifier, remember) : undefined;
    if (!caller || byId?.org_id === caller.orgId) return byId;
    // A name may look like an id: whether it finds its registry must not depend on the ids of other organizations.
    return (await this.byNames(caller.orgName, identifier, remember)) ?? byId;
  }

  /** @param remember false to ask the database in any case */
  byNames(organization: string, registry: string, remember: boolean): Promise<FoundRegistry | undefined> {
    return this.find(
      keyOfNames(organization, registry),
      remember,
      () => sql`find_registry_by_names(${organization}, ${registry})`,
    );
  }

  /** As byIdentifier; undefined also where the database has to be asked. */
  rememberedByIdentifier(caller: Caller | null, identifier: string): FoundRegistry | undefined {
    const byId = isUuid(identifier) ? this.remembered(keyOfId(identifier)) : undefined;
    if (!caller || byId?.org_id === caller.orgId) return byId;
    return isUuid(identifier) ? undefined : this.rememberedByNames(caller.orgName, identifier);
  }

  /** As byNames; undefined also where the database has to be asked. */
  rememberedByNames(organization: string, registry: string): FoundRegistry | undefined {
    return this.remembered(keyOfNames(organization, registry));
  }

  private byId(id: string, remember: boolean): Promise<FoundRegistry | undefined> {
    return this.find(keyOfId(id), remember, () => sql`find_registry_by_id(${id}::uuid)`);
  }

  private async find(key: string, remember: boolean, lookUp: () => SqlFragment): Promise<FoundRegistry | undefined> {
    const known = remember ? this.remembered(key) : undefined;
    if (known) return known;
    const since = this.changes.moment();
    const [registry] = await this.system.call<FoundRegistry>(sql`select * from ${lookUp()}`);
    if (registry && since !== null) this.found.set(key, { registry, since });
    return registry;
  }

  private remembered(key: string): FoundRegistry | undefined {
    const known = this.found.get(key);
    if (known === undefined) return undefined;
    return this.changes.isUnchanged(known.since, organizationTopic(known.registry.org_id)) ? known.registry : undefined;
  }
}

const keyOfId = (id: string): string => `#${id.toLowerCase()}`;

// No name of an organization holds a slash.
const keyOfNames = (organization: string, registry: string): string => `${organization}/${registry}`;
