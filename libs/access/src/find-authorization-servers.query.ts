import { Injectable } from '@nestjs/common';
import { sql, SystemDb } from '@portolan/db';
import { isUuid } from '@portolan/kernel';

/** Who issues the JWTs that are good for a registry, asked before it is known who asks. */
@Injectable()
export class FindAuthorizationServers {
  constructor(private readonly system: SystemDb) {}

  /**
   * Issuer URLs of the organization that a path names, else of the one that the registry's id belongs to. A registry's
   * name alone tells nothing, and beside an organization's name it makes no difference.
   */
  async run(organization: string | undefined, identifier: string): Promise<string[]> {
    const registryId = organization === undefined && isUuid(identifier) ? identifier : null;
    if (organization === undefined && registryId === null) return [];
    const rows = await this.system.call<{ issuer_url: string }>(
      sql`select * from find_authorization_servers(${organization ?? null}, ${registryId}::uuid)`,
    );
    return rows.map(({ issuer_url }) => issuer_url);
  }
}
