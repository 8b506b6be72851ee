import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { brokenConstraint, OrgDb, sql, SystemDb, type Tx } from '@portolan/db';
import {
  AppError,
  invalidParameter,
  MACHINE_NAME,
  MACHINE_NAME_LENGTH_MAX,
  systemCtx,
  type Ctx,
} from '@portolan/kernel';
import { v7 as uuidv7 } from 'uuid';
import { ORGANIZATION_ADMIN, PREDEFINED_TEAMS } from '../rbac/predefined-teams';
import { mintSecret, type NewSecret } from '../tokens/secret';

const TOKEN_LIFETIME_DAYS = 365;
const TOKEN_NAME = 'First administrator';
// Another organization may have taken the name as its login path.
const TAKEN = new Set(['organization_name_key', 'organization_login_path_key']);

export interface NewOrganization {
  readonly id: string;
  readonly name: string;
}

export interface OrganizationDetails {
  /** Defaults to the name. */
  readonly displayName?: string;
  /** Of the first administrator; defaults to one that no mail reaches. */
  readonly adminEmail?: string;
  /** The operator's, when it was a request; else the command line acts. */
  readonly ctx?: Ctx;
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
  async execute(
    name: string,
    token: NewSecret,
    requestId: string,
    { displayName = name, adminEmail = defaultEmail(name), ctx }: OrganizationDetails = {},
  ): Promise<NewOrganization> {
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
      await this.db.write(ctx ? { ...ctx, orgId: id } : systemCtx(id, 'operator', requestId), async (tx) => {
        await tx.run(sql`
          insert into organization (id, name, display_name, login_path)
          values (${id}, ${name}, ${displayName}, ${name})`);
        await addPredefinedTeams(tx);
        const admin = await addAdministrator(tx, adminEmail);
        if (!admin) throw new Error('the first administrator was not made');
        await insertToken(tx, admin.id, token);
        await recordAudit(tx, { action: 'organization.create', targetId: id, targetName: name, after: { name } });
      });
    } catch (error) {
      if (TAKEN.has(brokenConstraint(error) ?? '')) throw new AppError('organization_name_taken');
      throw error;
    }
    return { id, name };
  }

  /**
   * Does nothing but issue `token` when the organization exists already: to its first administrator while that is one,
   * else to another one.
   */
  async ensure(name: string, token: NewSecret, requestId: string): Promise<NewOrganization> {
    const [found] = await this.system.call<{ id: string | null }>(sql`select find_organization_id(${name}) as id`);
    if (!found?.id) return this.execute(name, token, requestId);
    const { id } = found;
    await this.db.write(systemCtx(id, 'operator', requestId), async (tx) => {
      const email = defaultEmail(name);
      // Whoever has the address by now may be anybody.
      const admin =
        (await findAdministrator(tx, email)) ??
        (await addAdministrator(tx, email)) ??
        (await anotherAdministrator(tx, name));
      const tokenId = await insertToken(tx, admin.id, token);
      await recordAudit(tx, {
        action: 'token.create',
        targetId: tokenId,
        targetName: TOKEN_NAME,
        after: { id: tokenId, name: TOKEN_NAME, owner_type: 'user', owner_id: admin.id },
      });
    });
    return { id, name };
  }
}

interface Administrator {
  readonly id: string;
  readonly email: string;
}

/** An administrator who can sign in. */
function findAdministrator(tx: Tx, email: string): Promise<Administrator | undefined> {
  return tx.row<Administrator>(sql`
    select u.id, u.email from user_account u
    join team_member m on m.org_id = u.org_id and m.user_id = u.id
    join team t on t.org_id = m.org_id and t.id = m.team_id and t.system_team and t.name = ${ORGANIZATION_ADMIN}
    where u.org_id = ${tx.ctx.orgId} and lower(u.email) = lower(${email}) and u.active for update of u`);
}

/** A new user in the team of administrators; undefined when somebody has the address. */
async function addAdministrator(tx: Tx, email: string): Promise<Administrator | undefined> {
  const { orgId } = tx.ctx;
  const user = await tx.row<Administrator>(sql`
    insert into user_account (org_id, id, email, full_name)
    values (${orgId}, ${uuidv7()}, ${email}, 'Organization Admin') on conflict do nothing returning id, email`);
  if (!user) return undefined;
  await tx.run(sql`
    insert into team_member (org_id, id, team_id, user_id)
    select t.org_id, ${uuidv7()}, t.id, ${user.id}
    from team t where t.org_id = ${orgId} and t.system_team and t.name = ${ORGANIZATION_ADMIN}`);
  return user;
}

async function anotherAdministrator(tx: Tx, organization: string): Promise<Administrator> {
  const added = await addAdministrator(tx, `admin-${randomBytes(4).toString('hex')}@${organization}.invalid`);
  if (!added) throw new Error('another administrator was not made');
  return added;
}

/** @returns the token's id */
async function insertToken(tx: Tx, userId: string, token: NewSecret): Promise<string> {
  const id = uuidv7();
  await tx.run(sql`
    insert into access_token (org_id, id, public_id, user_id, name, hash, expires_at)
    values (${tx.ctx.orgId}, ${id}, ${token.publicId}, ${userId}, ${TOKEN_NAME}, ${token.hash},
            now() + make_interval(days => ${TOKEN_LIFETIME_DAYS}))`);
  return id;
}

function defaultEmail(organization: string): string {
  return `admin@${organization}.invalid`;
}

async function addPredefinedTeams(tx: Tx): Promise<void> {
  const { orgId } = tx.ctx;
  for (const { name, description, roles } of PREDEFINED_TEAMS) {
    const teamId = uuidv7();
    await tx.run(sql`
      insert into team (org_id, id, name, description, system_team)
      values (${orgId}, ${teamId}, ${name}, ${description}, true)`);
    for (const { role_name, entity_type_name } of roles)
      await tx.run(sql`
        insert into role_assignment (org_id, id, team_id, role_name, entity_type_name, entity_id)
        values (${orgId}, ${uuidv7()}, ${teamId}, ${role_name}, ${entity_type_name}, '*')`);
  }
}

/** A token for a user's first sign-in. */
export function mintAdministratorToken(): NewSecret {
  return mintSecret('pat');
}
