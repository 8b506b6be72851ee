import { NestFactory } from '@nestjs/core';
import { loadProcessConfig } from '@portolan/config';
import { Client } from 'pg';
import { WorkerModule } from '../../../apps/worker/src/worker.module';
import { fillAuditTables } from '../../support/audit-rows';
import { fillEveryTable } from '../../support/every-table';
import { until } from '../../support/until';
import { aServer, aWorld, TEST_ENVIRONMENT, type Organization, type World } from '../../support/world';
import { operate, type OrganizationBody } from './operator';
import { auditRows, MISSING, problem } from './token-owners';

/** What proves later that the trail is whole, and what keeps it. */
const EVIDENCE = [
  'audit_boundary',
  'audit_checkpoint',
  'audit_person',
  'audit_personal',
  'audit_seal',
  'audit_settings',
];
const TRAIL = ['audit_boundary', 'audit_checkpoint', 'audit_log', ...EVIDENCE.slice(2), 'audit_unsealed'];

/** Deletions are asked for twice: the second time by the name. */
describe('delete-organization: DELETE /v0/organizations/{organizationId}', () => {
  let world: World;
  let tables: string[];
  let initech: Organization;

  const remove = (id: string, query = '', token?: string) => operate(world, token).delete(id, query);
  const count = async (table: string, orgId: string): Promise<number> =>
    (await world.db.query(`select from ${table} where org_id = $1`, [orgId])).length;
  const counts = async (orgId: string): Promise<Record<string, number>> => {
    const pairs: [string, number][] = [];
    for (const table of tables) pairs.push([table, await count(table, orgId)]);
    return Object.fromEntries(pairs);
  };
  const documents = async () =>
    (await world.db.query<{ body: string }>('select body from document')).map(({ body }) => body).join();

  beforeAll(async () => {
    world = await aWorld();
    const found = await world.db.query<{ name: string }>(
      `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
       where c.relnamespace = 'public'::regnamespace and a.attname = 'org_id' and c.relkind in ('r', 'p')
       order by c.relname`,
    );
    tables = found.map(({ name }) => name);
    const { id, admin_token } = (await operate(world).create({ name: 'initech' })).json<Required<OrganizationBody>>();
    initech = { id, name: 'initech', admin: admin_token };
    for (const organization of [initech, world.acme, world.globex]) {
      const { name } = organization;
      const registryId = await world.aRegistry(organization, 'tools');
      const remotes = [{ type: 'sse', url: 'https://mcp.example.com' }];
      await world.publish(organization, 'tools', aServer({ description: `Of ${name}`, remotes }));
      await world.publish(organization, 'tools', aServer({ version: '2.0.0', description: 'Of both' }));
      await world.call('PUT', '/registries/tools/v0.1/servers/com.example%2Fweather/versions/1.0.0', {
        token: organization.admin,
        body: aServer({ description: `Still of ${name}`, remotes }),
      });
      await fillEveryTable(world.db, organization.id, registryId, name);
      await fillAuditTables(world, organization);
    }
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 204 and leaves no row behind but the audit trail, and of others everything', async () => {
      const held = await counts(initech.id);
      for (const [table, rows] of Object.entries(held)) expect([table, rows > 0]).toEqual([table, true]);
      const others = await counts(world.globex.id);
      expect(await world.db.query('select from server_name')).toHaveLength(6);

      await world.db.query('delete from audit_log');
      const answer = await remove(initech.id, '?confirm=initech');
      expect([answer.status, answer.text]).toEqual([204, '']);
      expect(await auditRows(world)).toEqual([
        {
          action: 'organization.delete',
          target_id: initech.id,
          before: expect.objectContaining({ id: initech.id, name: 'initech' }) as object,
          after: null,
        },
      ]);
      expect(await world.db.query('select from server_name')).toHaveLength(4);

      const config = loadProcessConfig({ ...TEST_ENVIRONMENT, DATABASE_URL: world.db.appUrl, DATABASE_POOL_SIZE: '4' });
      const worker = await NestFactory.createApplicationContext(WorkerModule.forRoot(config), { logger: ['error'] });
      await until(
        'its documents are swept',
        async () => !/Still of initech|initech (mirrored|read)/.test(await documents()),
      );
      await until('the outbox is empty', async () => (await count('outbox', initech.id)) === 0);
      await worker.close();

      const left = await counts(initech.id);
      expect(tables.filter((table) => left[table] !== 0)).toEqual(TRAIL.filter((table) => left[table] !== 0));
      expect(left.audit_log).toBe(1);
      for (const table of EVIDENCE) expect([table, Number(left[table]) >= Number(held[table])]).toEqual([table, true]);
      expect(await world.db.query('select from organization where id = $1', [initech.id])).toHaveLength(0);
      // The worker seals what waits.
      const { audit_log: _, audit_unsealed: __, outbox: ___, ...kept } = await counts(world.globex.id);
      for (const [table, rows] of Object.entries(kept))
        if (EVIDENCE.includes(table)) expect([table, rows >= Number(others[table])]).toEqual([table, true]);
        else expect([table, rows]).toEqual([table, others[table]]);
      for (const text of ['Still of globex', 'globex mirrored', 'globex read', 'Of both'])
        expect(await documents()).toContain(text);
    });

    it('leaves credentials of it that nobody knows, and its name to others', async () => {
      expect((await world.call('GET', '/v0/registries', { token: initech.admin })).status).toBe(401);
      expect((await world.call('GET', '/o/initech/registries/tools/v0.1/servers')).status).toBe(401);
      expect(problem(await remove(initech.id, '?confirm=initech'))).toEqual([404, 'organization_not_found']);
      const again = await operate(world).create({ name: 'initech' });
      expect(again.status).toBe(201);
      const registries = await world.call('GET', '/v0/registries', {
        token: again.json<{ admin_token: string }>().admin_token,
      });
      expect(registries.json()).toMatchObject({ data: [] });
    });
  });

  describe('rejects bad input', () => {
    it.each(['', '?confirm=', '?confirm=globex', '?confirm=ACME', '?confirm=acme%20'])(
      'answers 409 to %j, says what to do and deletes nothing',
      async (query) => {
        const before = await counts(world.acme.id);
        const answer = await remove(world.acme.id, query);
        expect(problem(answer)).toEqual([409, 'deletion_not_confirmed']);
        expect(answer.json().detail).toBe(
          'This deletes everything that the organization has. Repeat its name as [confirm] to do it',
        );
        expect(await counts(world.acme.id)).toEqual(before);
      },
    );

    it.each([
      ['confirm=acme&confirm=acme', 'confirm', 'is_string'],
      ['force=true', 'force', 'unknown_property'],
    ])('?%s names the parameter', async (query, field, rule) => {
      const answer = await remove(world.acme.id, `?${query}`);
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toEqual([
        expect.objectContaining({ field, rule, source: 'query' }),
      ]);
    });

    it('answers 404 for an organization that is not there', async () => {
      for (const id of [MISSING, 'acme', 'no-id'])
        expect(problem(await remove(id, '?confirm=acme'))).toEqual([404, 'organization_not_found']);
    });

    it('asks to try again instead of waiting for a publication for ever', async () => {
      const publication = new Client({ connectionString: world.db.superuserUrl });
      await publication.connect();
      await publication.query('begin');
      await publication.query(`select from registry where org_id = $1 for key share`, [world.acme.id]);
      const answer = await remove(world.acme.id, '?confirm=acme');
      await publication.end();
      expect([answer.status, answer.headers['retry-after']]).toEqual([503, '2']);
      expect(await count('server_version', world.acme.id)).toBe(3);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      expect((await remove(world.acme.id, '?confirm=acme', '')).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to organization admins, for their own one, too', async () => {
      expect(problem(await remove(world.acme.id, '?confirm=acme', world.acme.admin))).toEqual([403, 'forbidden']);
      expect(await count('registry', world.acme.id)).toBe(1);
    });
  });

  describe('hides other organizations', () => {
    it('answers members alike for a foreign, a missing and the own one', async () => {
      const answers = [];
      for (const [id, name] of [
        [world.globex.id, 'globex'],
        [MISSING, 'globex'],
        [world.acme.id, 'acme'],
      ] as const)
        answers.push((await remove(id, `?confirm=${name}`, world.acme.admin)).masked);
      expect(new Set(answers).size).toBe(1);
    });
  });
});
