import { randomBytes } from 'node:crypto';
import { mintSecret } from '@portolan/access';
import { PurgeTrail, SealRows, SigningKeys, VerifyChain } from '@portolan/audit';
import { loadApiConfig } from '@portolan/config';
import { migrate } from '@portolan/db';
import { systemCtx } from '@portolan/kernel';
import { migrateQueue } from '@portolan/queue';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Client } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { createApp, listen } from '../../apps/api/src/create-app';
import { GRANTS, MIGRATIONS, UPKEEP } from '../../migrations';
import { testCluster } from '../support/cluster';
import { call } from '../support/http';
import { TEST_ENVIRONMENT } from '../support/world';
import { ADA, BOB, fillFirstReleaseTrail, OLD_ROWS, SUBJECT } from './first-release-trail';

/** Migrations of the first release, whose data every later one must bring along. */
const FIRST_RELEASE = 6;

describe('An upgrade of a database with data in it', () => {
  const name = `test_${randomBytes(8).toString('hex')}`;
  const on = (url: string) => {
    const copy = new URL(url);
    copy.pathname = `/${name}`;
    return copy.toString();
  };
  const admin = mintSecret('pat');
  const viewer = mintSecret('sat');
  const [orgId, otherId, goneId, registryId] = [uuidv7(), uuidv7(), uuidv7(), uuidv7()];
  let old: Client;
  let app: NestFastifyApplication;
  let url: string;

  async function migrateTo(count: number, grants: typeof GRANTS): Promise<string[]> {
    const { ownerUrl, appUrl } = testCluster();
    return migrate({
      ownerUrl: on(ownerUrl),
      applicationUrl: on(appUrl),
      migrations: MIGRATIONS.slice(0, count),
      grants,
      upkeep: count < MIGRATIONS.length ? [] : UPKEEP,
      prepareGuests: () => migrateQueue(on(ownerUrl)),
    });
  }

  async function superuser(text: string): Promise<void> {
    const client = new Client({ connectionString: testCluster().superuserUrl });
    await client.connect();
    await client.query(text);
    await client.end();
  }

  beforeAll(async () => {
    await superuser(`create database ${name} owner portolan_owner`);
    await migrateTo(FIRST_RELEASE, { tables: {}, functions: [], schemas: [] });
    old = new Client({ connectionString: on(testCluster().superuserUrl) });
    await old.connect();
    const hash = Buffer.alloc(32, 1);
    const [userId, accountId] = [ADA.id, uuidv7()];
    for (const [text, values] of [
      [`insert into organization (id, name, display_name) values ($1, 'acme', 'Acme')`, [orgId]],
      [`insert into organization (id, name, display_name) values ($1, 'empty', 'Empty')`, [otherId]],
      [
        `insert into user_account (org_id, id, email, full_name) values ($1, $2, $3, $4)`,
        [orgId, userId, ADA.email, ADA.name],
      ],
      [`insert into system_account (org_id, id, name) values ($1, $2, 'ci')`, [orgId, accountId]],
      [
        `insert into access_token (org_id, id, public_id, user_id, name, hash, expires_at)
         values ($1, $2, $3, $4, 'first', $5, now() + interval '1 day')`,
        [orgId, uuidv7(), admin.publicId, userId, admin.hash],
      ],
      [
        `insert into access_token (org_id, id, public_id, system_account_id, name, hash, expires_at)
         values ($1, $2, $3, $4, 'ci', $5, now() + interval '1 day')`,
        [orgId, uuidv7(), viewer.publicId, accountId, viewer.hash],
      ],
      [
        `insert into role_assignment (org_id, id, user_id, role_name, entity_type_name, entity_id)
         values ($1, $2, $3, 'Organization Admin', 'Organizations', $1::uuid::text)`,
        [orgId, uuidv7(), userId],
      ],
      [`insert into registry (org_id, id, name, display_name) values ($1, $2, 'tools', 'Tools')`, [orgId, registryId]],
      [
        `insert into role_assignment (org_id, id, system_account_id, role_name, entity_type_name, entity_id)
         values ($1, $2, $3, 'Viewer', 'MCP Registries', $4::uuid::text)`,
        [orgId, uuidv7(), accountId, registryId],
      ],
      [
        `insert into document (hash, body) values ($1, '{"name":"com.example/a","description":"A","version":"1.0.0"}')`,
        [hash],
      ],
      ...['com.example/a 1.0.0', 'com.example/a 2.0.0', 'com.example/b 1.0.0'].map((one) => [
        `insert into server_version (org_id, registry_id, name, version, document_hash, status_changed_at, published_at,
                                     updated_at, is_latest)
         values ($1, $2, $3, $4, $5, now(), now(), now(), false)`,
        [orgId, registryId, ...one.split(' '), hash],
      ]),
    ] as [string, unknown[]][])
      await old.query(text, values);
    await fillFirstReleaseTrail(old, orgId, goneId);

    await migrateTo(MIGRATIONS.length, GRANTS);
    app = await createApp(loadApiConfig({ ...TEST_ENVIRONMENT, DATABASE_URL: on(testCluster().appUrl) }));
    url = await listen(app, 0, '127.0.0.1');
  });

  afterAll(async () => {
    await app.close();
    await old.end();
    await superuser(`drop database ${name} with (force)`);
  });

  it('leaves tokens good and their roles as they were', async () => {
    for (const [token, statuses] of [
      [admin.text, [200, 200, 409]],
      [viewer.text, [200, 403, 403]],
    ] as const) {
      const answers = [
        await call(url, 'GET', '/registries/tools/v0.1/servers', { token }),
        await call(url, 'GET', '/v0/audit-logs', { token }),
        await call(url, 'POST', '/v0/registries', { token, body: { name: 'tools' } }),
      ];
      expect(answers.map(({ status }) => status)).toEqual(statuses);
    }
  });

  it('makes administrators members of the team, in place of their role on the organization', async () => {
    const { rows } = await old.query(
      `select t.name, u.email from team_member m join team t on t.id = m.team_id join user_account u on u.id = m.user_id`,
    );
    expect(rows).toEqual([{ name: 'Organization Admin', email: ADA.email }]);
    const left = await old.query(`select from role_assignment where entity_type_name = 'Organizations'`);
    expect(left.rowCount).toBe(0);
  });

  it('gives every organization the predefined teams that a new one gets', async () => {
    const teams = async (id: string) =>
      (
        await old.query<{ text: string }>(
          `select concat_ws(' | ', t.name, t.description, t.system_team, a.role_name, a.entity_type_name, a.entity_id) as text
           from team t join role_assignment a on a.org_id = t.org_id and a.team_id = t.id
           where t.org_id = $1 order by 1`,
          [id],
        )
      ).rows;
    const created = await call(url, 'POST', '/v0/organizations', {
      token: TEST_ENVIRONMENT.OPERATOR_TOKEN ?? '',
      body: { name: 'new' },
    });
    expect(created.status).toBe(201);
    const wanted = await teams(created.json<{ id: string }>().id);
    expect(wanted).toHaveLength(14);
    expect(await teams(orgId)).toEqual(wanted);
    expect(await teams(otherId)).toEqual(wanted);
  });

  it('gives every organization its built-in upstream, disabled, on the copy that all share', async () => {
    const built = async (where: string) =>
      (
        await old.query<{ name: string; url: string; enabled: boolean; built_in: boolean; source_id: string }>(
          `select u.name, u.url, u.enabled, u.built_in, u.source_id
           from upstream u join organization o on o.id = u.org_id where ${where}`,
        )
      ).rows;
    const wanted = await built(`o.name = 'new'`);
    expect(wanted).toEqual([
      {
        name: 'official',
        url: 'https://registry.modelcontextprotocol.io',
        enabled: false,
        built_in: true,
        source_id: expect.any(String) as string,
      },
    ]);
    for (const name of ['acme', 'empty']) expect([name, await built(`o.name = '${name}'`)]).toEqual([name, wanted]);
  });

  it('leaves versions published here, and their names their own', async () => {
    const { rows } = await old.query(
      `select (select count(*)::int from server_version where mirror_id is not null) as mirrored,
              (select count(*)::int from server_name where mirror_id is not null) as names`,
    );
    expect(rows).toEqual([{ mirrored: 0, names: 0 }]);
  });

  it.each([
    ['search=EXAMPLE/a', 2],
    ['search=xample', 3],
    ['search=z', 0],
    ['version=1.0.0', 2],
    ['version=2.0.0', 1],
    ['version=2.0.0&search=b', 0],
    ['version=3.0.0', 0],
  ])('finds what was published before by %s', async (query, count) => {
    const answer = await call(url, 'GET', `/registries/tools/v0.1/servers?${query}`, { token: admin.text });
    expect(answer.json()).toMatchObject({ metadata: { count } });
  });

  it('counts what registries hold', async () => {
    const { rows } = await old.query(
      `select version_count::int as versions, server_count::int as servers from registry`,
    );
    expect(rows).toEqual([{ versions: 3, servers: 2 }]);
  });

  describe('of the audit trail', () => {
    interface Told {
      readonly id: string;
      readonly request_id: string;
      readonly credential_id: string | null;
      readonly principal: { readonly type: string; readonly id: string | null; readonly name: string | null };
      readonly target: { readonly type: string; readonly id: string | null; readonly name: string | null };
      readonly before: unknown;
      readonly after: Record<string, unknown> | null;
    }

    const verified = (id: string) =>
      app
        .get(VerifyChain)
        .run(systemCtx(id, 'test', '0'.repeat(32)), { after: null, checkpoint: null, rowsMax: Infinity });

    async function told(): Promise<Told[]> {
      const answer = await call(url, 'GET', '/v0/audit-logs?page[size]=100', { token: admin.text });
      expect(answer.status).toBe(200);
      const ids = new Set(OLD_ROWS.map(({ id }) => id));
      return answer
        .json<{ data: Told[] }>()
        .data.filter(({ id }) => ids.has(id))
        .reverse();
    }

    it('keeps every row as it was told, under the new names of its fields', async () => {
      const rows = await told();
      expect(rows.map(({ id }) => id)).toEqual(OLD_ROWS.map(({ id }) => id));
      for (const [index, row] of rows.entries()) {
        const old = OLD_ROWS[index];
        if (old === undefined) throw new Error('there is no such row');
        const isRoute = old.target_type === 'route';
        expect([old.action, row]).toEqual([
          old.action,
          expect.objectContaining({
            action: old.action,
            request_id: old.trace_id,
            trace_id: null,
            credential_id: old.token_id,
            before: old.before ?? null,
            after: withoutHoldersName(old.after ?? null),
          }),
        ]);
        expect([row.principal.type, row.principal.name]).toEqual([old.principal_type, old.principal_name]);
        if (old.principal_id !== null) expect(row.principal.id).toBe(old.principal_id ?? null);
        expect(row.target).toMatchObject({ type: old.target_type, id: old.target_id });
        expect(isRoute ? 'GET /v0/users' : (old.target_name ?? null)).toBe(row.target.name);
      }
    });

    it('puts what tells who somebody is beside the chain, and queues every row for it', async () => {
      for (const part of [ADA.email, ADA.name, BOB.email, BOB.name, SUBJECT]) {
        const left = await old.query(
          `select action, a::text from audit_log a where position(lower($1) in lower(a::text)) > 0`,
          [part],
        );
        expect([part, left.rows]).toEqual([part, []]);
      }
      const { rows } = await old.query(
        `select (select count(*)::int from audit_unsealed u join audit_log a using (org_id, occurred_at, id)
                 where u.org_id = $1 and u.id = any ($3)) as waiting,
                (select count(*)::int from audit_unsealed u join audit_log a using (org_id, occurred_at, id)
                 where u.org_id = $2) as gone`,
        [orgId, goneId, OLD_ROWS.map(({ id }) => id)],
      );
      expect(rows).toEqual([{ waiting: OLD_ROWS.length, gone: OLD_ROWS.length }]);
    });

    it('seals the rows in their order, also those of an organization that is gone', async () => {
      const signer = await app.get(SigningKeys).signer();
      for (const id of [orgId, goneId]) {
        while ((await app.get(SealRows).execute(id, signer, 10)).rows > 0);
        expect(await verified(id)).toMatchObject({ status: 'valid', complete: true, from_sequence: 1 });
      }
      const { rows } = await old.query<{ audit_id: string }>(
        'select audit_id from audit_seal where org_id = $1 order by sequence',
        [orgId],
      );
      expect(rows.slice(0, OLD_ROWS.length).map(({ audit_id }) => audit_id)).toEqual(OLD_ROWS.map(({ id }) => id));
    });

    it('gives every organization seven days before anything of it is deleted', async () => {
      const { rows } = await old.query<{ org_id: string; days: number }>(
        `select org_id, extract(epoch from now() - loosened_at)::float8 / 86400 as days, retention_days, legal_hold,
                updated_at
         from audit_settings where org_id = any ($1) order by org_id`,
        [[orgId, otherId]],
      );
      const kept = { retention_days: 400, legal_hold: false, updated_at: null };
      expect(rows).toEqual(
        [orgId, otherId].sort().map((id) => ({ ...kept, org_id: id, days: expect.any(Number) as number })),
      );
      for (const { days } of rows) expect(days).toBeLessThan(1);
      const beyond = async () =>
        (
          await old.query(`select from audit_log where org_id = $1 and occurred_at < now() - interval '440 days'`, [
            orgId,
          ])
        ).rowCount ?? 0;
      const before = await beyond();
      expect(before).toBeGreaterThan(0);
      await app.get(PurgeTrail).execute();
      expect(await beyond()).toBe(before);
    });

    it('lets the names be erased, and the chain holds', async () => {
      await old.query(`select set_config('app.org_id', $1, false)`, [orgId]);
      await old.query('select erase_audit_person($1)', [BOB.id]);
      const rows = await told();
      expect(JSON.stringify(rows)).not.toContain(BOB.name);
      const named = rows.filter((row) => JSON.stringify(row).includes(BOB.email));
      // Of a refused sign-in nobody knows any more whose it was.
      expect(named.map(({ target }) => target.type)).toEqual(['session']);
      expect(await verified(orgId)).toMatchObject({ status: 'valid' });
    });
  });

  it('does nothing when it is run again', async () => {
    expect(await migrateTo(MIGRATIONS.length, GRANTS)).toEqual([]);
  });

  it.each(['audit_log', 'audit_seal'])('makes months of %s that were to come when it ran last', async (table) => {
    const newest = async () => {
      const { rows } = await old.query<{ name: string }>(
        'select max(inhrelid::regclass::text) as name from pg_inherits where inhparent = $1::regclass',
        [table],
      );
      return rows[0]?.name;
    };
    const before = await newest();
    await old.query(`drop table ${before}`);
    expect(await newest()).not.toBe(before);
    await migrateTo(MIGRATIONS.length, GRANTS);
    expect(await newest()).toBe(before);
  });
});

function withoutHoldersName(after: unknown): unknown {
  if (after === null || typeof after !== 'object' || !('holder' in after)) return after;
  const { type, id, name } = after.holder as { type: string; id: string; name: string };
  return { ...after, holder: type === 'user' ? { type, id } : { type, id, name } };
}
