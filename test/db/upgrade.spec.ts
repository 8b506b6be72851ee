import { randomBytes } from 'node:crypto';
import { mintSecret } from '@portolan/access';
import { loadApiConfig } from '@portolan/config';
import { migrate } from '@portolan/db';
import { migrateQueue } from '@portolan/queue';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Client } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { createApp, listen } from '../../apps/api/src/create-app';
import { GRANTS, MIGRATIONS } from '../../migrations';
import { testCluster } from '../support/cluster';
import { call } from '../support/http';
import { TEST_ENVIRONMENT } from '../support/world';

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
  const [orgId, otherId, registryId] = [uuidv7(), uuidv7(), uuidv7()];
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
    const [userId, accountId] = [uuidv7(), uuidv7()];
    for (const [text, values] of [
      [`insert into organization (id, name, display_name) values ($1, 'acme', 'Acme')`, [orgId]],
      [`insert into organization (id, name, display_name) values ($1, 'empty', 'Empty')`, [otherId]],
      [
        `insert into user_account (org_id, id, email, full_name) values ($1, $2, 'a@example.com', 'A')`,
        [orgId, userId],
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
    expect(rows).toEqual([{ name: 'Organization Admin', email: 'a@example.com' }]);
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
    expect(wanted).toHaveLength(11);
    expect(await teams(orgId)).toEqual(wanted);
    expect(await teams(otherId)).toEqual(wanted);
  });

  it('counts what registries hold', async () => {
    const { rows } = await old.query(
      `select version_count::int as versions, server_count::int as servers from registry`,
    );
    expect(rows).toEqual([{ versions: 3, servers: 2 }]);
  });

  it('does nothing when it is run again', async () => {
    expect(await migrateTo(MIGRATIONS.length, GRANTS)).toEqual([]);
  });
});
