import { mintSecret } from '@portolan/access';
import { v7 as uuidv7 } from 'uuid';
import type { TestDatabase } from './database';

/** Ids of the rows that `fillIdentityTables` made. */
export interface IdentityRows {
  readonly userId: string;
  readonly systemAccountId: string;
  readonly teamId: string;
  readonly membershipId: string;
  readonly teamRoleId: string;
  readonly userRoleId: string;
  readonly accountRoleId: string;
  readonly inviteId: string;
  readonly sessionId: string;
  readonly issuerId: string;
  readonly subjectId: string;
  readonly providerId: string;
  readonly mappingId: string;
  readonly capabilityUrlId: string;
  readonly userTokenId: string;
  readonly accountTokenId: string;
  readonly destinationId: string;
  readonly replayId: string;
}

/** One row in every table about access, each of its texts beginning with `mark`. */
export async function fillIdentityTables(
  db: TestDatabase,
  orgId: string,
  registryId: string,
  mark: string,
): Promise<IdentityRows> {
  const ids: IdentityRows = {
    userId: uuidv7(),
    systemAccountId: uuidv7(),
    teamId: uuidv7(),
    membershipId: uuidv7(),
    teamRoleId: uuidv7(),
    userRoleId: uuidv7(),
    accountRoleId: uuidv7(),
    inviteId: uuidv7(),
    sessionId: uuidv7(),
    issuerId: uuidv7(),
    subjectId: uuidv7(),
    providerId: uuidv7(),
    mappingId: uuidv7(),
    capabilityUrlId: uuidv7(),
    userTokenId: uuidv7(),
    accountTokenId: uuidv7(),
    destinationId: uuidv7(),
    replayId: uuidv7(),
  };
  const later = `now() + interval '1 day'`;
  const secret = (type: 'inv' | 'ses' | 'cap' | 'pat' | 'sat') => mintSecret(type);
  const [invite, session, capability, pat, sat] = [
    secret('inv'),
    secret('ses'),
    secret('cap'),
    secret('pat'),
    secret('sat'),
  ];
  const rows: readonly [string, readonly unknown[]][] = [
    [
      `insert into user_account (org_id, id, email, full_name, preferred_name) values ($1, $2, $3, $4, $4)`,
      [orgId, ids.userId, `${mark}-user@example.com`, `${mark} user`],
    ],
    [
      `insert into system_account (org_id, id, name, description) values ($1, $2, $3, $3)`,
      [orgId, ids.systemAccountId, `${mark} account`],
    ],
    [
      `insert into team (org_id, id, name, description, labels) values ($1, $2, $3, $3, $4)`,
      [orgId, ids.teamId, `${mark} team`, JSON.stringify({ [`${mark}-key`]: `${mark}-value` })],
    ],
    [
      `insert into team_member (org_id, id, team_id, user_id) values ($1, $2, $3, $4)`,
      [orgId, ids.membershipId, ids.teamId, ids.userId],
    ],
    [
      `insert into team_member (org_id, id, team_id, system_account_id) values ($1, $2, $3, $4)`,
      [orgId, uuidv7(), ids.teamId, ids.systemAccountId],
    ],
    [
      `insert into role_assignment (org_id, id, team_id, role_name, entity_type_name, entity_id)
       values ($1, $2, $3, 'Viewer', 'Identity', '*')`,
      [orgId, ids.teamRoleId, ids.teamId],
    ],
    [
      `insert into role_assignment (org_id, id, user_id, role_name, entity_type_name, entity_id)
       values ($1, $2, $3, 'Viewer', 'Identity', '*')`,
      [orgId, ids.userRoleId, ids.userId],
    ],
    [
      `insert into role_assignment (org_id, id, system_account_id, role_name, entity_type_name, entity_id)
       values ($1, $2, $3, 'Viewer', 'Identity', '*')`,
      [orgId, ids.accountRoleId, ids.systemAccountId],
    ],
    [
      `insert into user_password (org_id, user_id, hash) values ($1, $2, $3)`,
      [orgId, ids.userId, `${mark} password hash`],
    ],
    [
      `insert into invite (org_id, id, user_id, public_id, hash, expires_at) values ($1, $2, $3, $4, $5, ${later})`,
      [orgId, ids.inviteId, ids.userId, invite.publicId, invite.hash],
    ],
    [
      `insert into user_session (org_id, id, user_id, public_id, hash, method, user_agent, expires_at)
       values ($1, $2, $3, $4, $5, 'password', $6, ${later})`,
      [orgId, ids.sessionId, ids.userId, session.publicId, session.hash, `${mark} agent`],
    ],
    [
      `insert into trusted_issuer (org_id, id, name, issuer_url, audiences, claim_rules)
       values ($1, $2, $3, $4, array[$3], $5)`,
      [
        orgId,
        ids.issuerId,
        `${mark} issuer`,
        `https://${mark}.example.com`,
        JSON.stringify([{ claim: `${mark}-claim`, value: `${mark}-value`, team_id: ids.teamId }]),
      ],
    ],
    [
      `insert into issuer_subject (org_id, id, issuer_id, subject) values ($1, $2, $3, $4)`,
      [orgId, ids.subjectId, ids.issuerId, `${mark} subject`],
    ],
    [
      `insert into identity_provider (org_id, id, type, config, client_secret_sealed) values ($1, $2, 'oidc', $3, $4)`,
      [
        orgId,
        ids.providerId,
        JSON.stringify({
          issuer_url: `https://${mark}.example.com`,
          client_id: `${mark}-client`,
          scopes: ['openid'],
          claim_mappings: { name: 'name', email: 'email', groups: 'groups' },
        }),
        `${mark} sealed`,
      ],
    ],
    [
      `insert into team_group_mapping (org_id, id, identity_provider_id, team_id, group_name)
       values ($1, $2, $3, $4, $5)`,
      [orgId, ids.mappingId, ids.providerId, ids.teamId, `${mark}-group`],
    ],
    [
      `insert into user_identity (org_id, identity_provider_id, subject, user_id) values ($1, $2, $3, $4)`,
      [orgId, ids.providerId, `${mark} subject`, ids.userId],
    ],
    [
      `insert into login_attempt (org_id, id, identity_provider_id, state_hash, sealed, expires_at)
       values ($1, $2, $3, $4, $5, ${later})`,
      [orgId, uuidv7(), ids.providerId, invite.hash, `${mark} sealed`],
    ],
    [
      `insert into capability_url (org_id, id, registry_id, name, public_id, hash) values ($1, $2, $3, $4, $5, $6)`,
      [orgId, ids.capabilityUrlId, registryId, `${mark} url`, capability.publicId, capability.hash],
    ],
    [
      `insert into access_token (org_id, id, public_id, user_id, name, hash, expires_at)
       values ($1, $2, $3, $4, $5, $6, ${later})`,
      [orgId, ids.userTokenId, pat.publicId, ids.userId, `${mark} token`, pat.hash],
    ],
    [
      `insert into access_token (org_id, id, public_id, system_account_id, name, hash, expires_at)
       values ($1, $2, $3, $4, $5, $6, ${later})`,
      [orgId, ids.accountTokenId, sat.publicId, ids.systemAccountId, `${mark} token`, sat.hash],
    ],
    [
      // Nobody listens there.
      `insert into audit_destination (org_id, id, name, endpoint, authorization_sealed, format, enabled)
       values ($1, $2, $3, 'http://127.0.0.1:9/' || $3, $4, 'json', true)`,
      [orgId, ids.destinationId, `${mark}-destination`, `${mark} sealed`],
    ],
    [
      `insert into audit_delivery (org_id, id, destination_id, kind, first, position, head, checkpoint_position,
                                   checkpoint_head, paused)
       values ($1, $2, $3, 'live', 1, 0, 0, 0, 0, false)`,
      [orgId, uuidv7(), ids.destinationId],
    ],
    [
      `insert into audit_delivery (org_id, id, destination_id, kind, start_at, end_at, first, position, head,
                                   checkpoint_position, checkpoint_head, paused)
       values ($1, $2, $3, 'replay', now() - interval '1 hour', now(), 1, 0, 1, 0, 0, false)`,
      [orgId, ids.replayId, ids.destinationId],
    ],
  ];
  for (const [text, values] of rows) await db.query(text, values);
  return ids;
}
