import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CreateOrganization, mintSecret, mintAdministratorToken, REGISTRIES } from '@portolan/access';
import { v7 as uuidv7 } from 'uuid';
import { loadApiConfig } from '@portolan/config';
import { Changes } from '@portolan/db';
import { createApp, listen } from '../../apps/api/src/create-app';
import { cloneDatabase, type TestDatabase } from './database';
import { call, type Answer, type CallOptions } from './http';

const TRACE_ID = '0'.repeat(31) + '1';

export interface Organization {
  readonly id: string;
  readonly name: string;
  /** Token of the organization admin. */
  readonly admin: string;
}

export type Role = 'Admin' | 'Creator' | 'Publisher' | 'Viewer';

/** The real API on a real database with two organizations that know nothing of each other. */
export interface World {
  readonly url: string;
  readonly app: NestFastifyApplication;
  readonly db: TestDatabase;
  readonly acme: Organization;
  readonly globex: Organization;
  /** Another organization with its administrator. */
  anOrganization(name: string): Promise<Organization>;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** Creates a registry through the API and returns its id. */
  aRegistry(organization: Organization, name: string, settings?: Record<string, unknown>): Promise<string>;
  /** Publishes through the API; fails unless it answers 200. */
  publish(organization: Organization, registry: string, document: Record<string, unknown>): Promise<Answer>;
  /** A system account with these roles on a registry id or `*`; returns its token. */
  aSystemAccount(organization: Organization, roles?: readonly { role: Role; on: string }[]): Promise<string>;
  /** A user without any role; returns its token. */
  aUser(
    organization: Organization,
    options?: { expired?: boolean; revoked?: boolean; active?: boolean },
  ): Promise<string>;
  close(): Promise<void>;
}

/** What the API of a test is configured with unless the test says otherwise. */
export const TEST_ENVIRONMENT: Readonly<Record<string, string>> = {
  PORT: '0',
  LOG_LEVEL: 'error',
  SECRETS_KEY: Buffer.alloc(32, 7).toString('base64'),
  OPERATOR_TOKEN: 'operator-token-of-the-tests-0123456789',
  // Identity providers and other servers of the tests run on this machine.
  EGRESS_ALLOW: '127.0.0.0/8,::1/128',
};

/** @param environment settings of this API besides those that every test has */
export async function aWorld(environment: Readonly<Record<string, string>> = {}): Promise<World> {
  const db = await cloneDatabase();
  const pageCacheMb = process.env.TEST_PAGE_CACHE_MB;
  const settings = { ...TEST_ENVIRONMENT, ...(pageCacheMb === undefined ? {} : { PAGE_CACHE_MB: pageCacheMb }) };
  const app = await createApp(loadApiConfig({ ...settings, ...environment, DATABASE_URL: db.appUrl }));
  const url = await listen(app, 0, '127.0.0.1');
  db.tells(app.get(Changes, { strict: false }));
  const organization = async (name: string): Promise<Organization> => {
    const token = mintAdministratorToken();
    const { id } = await app.get(CreateOrganization, { strict: false }).execute(name, token, TRACE_ID);
    return { id, name, admin: token.text };
  };
  const request = (method: string, path: string, options?: CallOptions) => call(url, method, path, options);
  return {
    url,
    app,
    db,
    acme: await organization('acme'),
    globex: await organization('globex'),
    anOrganization: organization,
    call: request,
    aRegistry: async ({ admin }, name, settings = {}) => {
      const answer = await request('POST', '/v0/registries', { token: admin, body: { name, ...settings } });
      return expected(answer, 201).json<{ id: string }>().id;
    },
    publish: async ({ admin }, registry, document) =>
      expected(await request('POST', `/registries/${registry}/v0.1/publish`, { token: admin, body: document }), 200),
    aSystemAccount: async ({ id: orgId }, roles = []) => {
      const id = uuidv7();
      await db.query(`insert into system_account (org_id, id, name) values ($1, $2, $3)`, [orgId, id, `account ${id}`]);
      for (const { role, on } of roles)
        await db.query(
          `insert into role_assignment (org_id, id, system_account_id, role_name, entity_type_name, entity_id)
           values ($1, $2, $3, $4, $5, $6)`,
          [orgId, uuidv7(), id, role, REGISTRIES, on],
        );
      const token = mintSecret('sat');
      await db.query(
        `insert into access_token (org_id, id, public_id, system_account_id, name, hash, expires_at)
         values ($1, $2, $3, $4, 'test', $5, now() + interval '1 day')`,
        [orgId, uuidv7(), token.publicId, id, token.hash],
      );
      return token.text;
    },
    aUser: async ({ id: orgId }, { expired = false, revoked = false, active = true } = {}) => {
      const id = uuidv7();
      await db.query(
        `insert into user_account (org_id, id, email, full_name, active) values ($1, $2, $3, 'A User', $4)`,
        [orgId, id, `${id}@example.com`, active],
      );
      const token = mintSecret('pat');
      await db.query(
        `insert into access_token (org_id, id, public_id, user_id, name, hash, expires_at, revoked_at)
         values ($1, $2, $3, $4, 'test', $5, now() + make_interval(days => $6), case when $7 then now() end)`,
        [orgId, uuidv7(), token.publicId, id, token.hash, expired ? -1 : 1, revoked],
      );
      return token.text;
    },
    close: async () => {
      await app.close();
      await db.drop();
    },
  };
}

function expected(answer: Answer, status: number): Answer {
  if (answer.status !== status) throw new Error(`expected ${status}, got ${answer.status}: ${answer.text}`);
  return answer;
}

/** A small valid server.json. */
export function aServer(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return { name: 'com.example/weather', description: 'Tells the weather', version: '1.0.0', ...overrides };
}
