import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { brokenConstraint, OrgDb, sql, SystemDb, type Tx } from '@portolan/db';
import { AppError, invalidParameter, MACHINE_NAME, MACHINE_NAME_LENGTH_MAX, systemCtx } from '@portolan/kernel';
import { v7 as uuidv7 } from 'uuid';
import { ORGANIZATION_ADMIN, ORGANIZATIONS } from '../rbac/roles';
import { mintAccessToken, type NewAccessToken } from '../tokens/access-token';

const TOKEN_LIFETIME_DAYS = 365;

export interface NewOrganization {
  readonly id: string;
  readonly name: string;
}

/** Creates an organization with its first administrator, or gives an existing one's administrator a new token. */
@Injectable()
export class CreateOrganization {
  constructor(
    private readonly db: OrgDb,
    private readonly system: SystemDb,
  ) {}

  /**
   * @param token of the first administrator; expires after a year
   * @throws AppError invalid_parameters, organization_name_taken
   */
  async execute(name: string, token: NewAccessToken, traceId: string): Promise<NewOrganization> {
    if (!MACHINE_NAME.test(name) || name.length > MACHINE_NAME_LENGTH_MAX)
      throw invalidParameter({
        field: 'name',
        rule: 'matches_regex',
        maximum: MACHINE_NAME_LENGTH_MAX,
        reason: `name must match ${MACHINE_NAME.source} and hold at most ${MACHINE_NAME_LENGTH_MAX} characters`,
        source: 'body',
      });
    const id = uuidv7();
    try {
      await this.db.write(systemCtx(id, 'operator', traceId), async (tx) => {
        await tx.run(sql`insert into organization (id, name, display_name) values (${id}, ${name}, ${name})`);
        await this.addAdministrator(tx, name, token);
        await recordAudit(tx, { action: 'organization.create', targetId: id, targetName: name, after: { name } });
      });
    } catch (error) {
      if (brokenConstraint(error) === 'organization_name_key') throw new AppError('organization_name_taken');
      throw error;
    }
    return { id, name };
  }

  /** Does nothing but issue `token` when the organization exists already. */
  async ensure(name: string, token: NewAccessToken, traceId: string): Promise<NewOrganization> {
    const [found] = await this.system.call<{ id: string | null }>(sql`select find_organization_id(${name}) as id`);
    if (!found?.id) return this.execute(name, token, traceId);
    const { id } = found;
    await this.db.write(systemCtx(id, 'operator', traceId), async (tx) => {
      const tokenId = await this.addAdministrator(tx, name, token);
      await recordAudit(tx, { action: 'token.create', targetId: tokenId, targetName: 'First administrator' });
    });
    return { id, name };
  }

  private async addAdministrator(tx: Tx, organization: string, token: NewAccessToken): Promise<string> {
    const { orgId } = tx.ctx;
    const email = `admin@${organization}.invalid`;
    await tx.run(sql`
      insert into user_account (org_id, id, email, full_name)
      values (${orgId}, ${uuidv7()}, ${email}, 'Organization Admin') on conflict do nothing`);
    await tx.run(sql`
      insert into role_assignment (org_id, id, user_id, role_name, entity_type_name, entity_id)
      select org_id, ${uuidv7()}, id, ${ORGANIZATION_ADMIN}, ${ORGANIZATIONS}, ${orgId}
      from user_account where org_id = ${orgId} and email = ${email} on conflict do nothing`);
    const tokenId = uuidv7();
    await tx.run(sql`
      insert into access_token (org_id, id, public_id, user_id, name, hash, expires_at)
      select org_id, ${tokenId}, ${token.publicId}, id, 'First administrator', ${token.hash},
             now() + make_interval(days => ${TOKEN_LIFETIME_DAYS})
      from user_account where org_id = ${orgId} and email = ${email}`);
    return tokenId;
  }
}

/** A token for a user's first sign-in. */
export function mintAdministratorToken(): NewAccessToken {
  return mintAccessToken('pat');
}
