import { erasePerson, recordAudit, VerifyChain, type AuditEvent, type Verification } from '@portolan/audit';
import { OrgDb } from '@portolan/db';
import { systemCtx, type Ctx, type Principal } from '@portolan/kernel';
import { v7 as uuidv7 } from 'uuid';
import { sealAll } from '../support/sealing';
import type { World } from '../support/world';

const REQUEST_ID = 'ab'.repeat(16);
const TABLES = [
  'audit_log',
  'audit_unsealed',
  'audit_person',
  'audit_personal',
  'audit_seal',
  'audit_checkpoint',
  'audit_boundary',
];

/** What a flaw is told by. */
export interface Told {
  readonly problem: string | null;
  readonly at: number | null;
}

export const SOUND: Told = { problem: null, at: null };

export function ctxOf(orgId: string, principal?: Principal): Ctx {
  const ctx = systemCtx(orgId, 'test', REQUEST_ID);
  return principal === undefined
    ? ctx
    : { ...ctx, principal, traceId: 'cd'.repeat(16), address: '192.0.2.7', userAgent: 'curl/8 "ü"' };
}

/** The chains of a world, and what the tests do to them. */
export class Chains {
  constructor(private readonly world: World) {}

  /** Writes rows of many shapes, the first of which is about `person`. */
  async write(orgId: string, count: number, person: string = uuidv7()): Promise<void> {
    const db = this.world.app.get(OrgDb, { strict: false });
    const writer = { id: person, name: `${person}@example.com` };
    const user: Principal = { type: 'user', ...writer, tokenId: uuidv7() };
    const acting: Principal = { ...user, type: 'jwt_subject', actor: 'ci/deploy' };
    for (let row = 0; row < count; row += 1) {
      const principal = row % 5 === 4 ? acting : row % 5 === 2 ? undefined : user;
      await db.write(ctxOf(orgId, principal), (tx) => recordAudit(tx, eventOf(row, writer)));
    }
  }

  /** Seals what waits, in transactions of so many rows. */
  seal(orgId: string, rowsMax?: number): Promise<number> {
    return sealAll(this.world.app, orgId, rowsMax);
  }

  verify(
    orgId: string,
    {
      after = null,
      checkpoint = null,
      rowsMax = Infinity,
    }: { after?: string | null; checkpoint?: string | null; rowsMax?: number } = {},
  ): Promise<Verification> {
    return this.world.app.get(VerifyChain).run(ctxOf(orgId), { after, checkpoint, rowsMax });
  }

  async told(orgId: string, checkpoint: string | null = null): Promise<Told> {
    const { problem, first_bad_sequence: at } = await this.verify(orgId, { checkpoint });
    return { problem, at };
  }

  async erase(orgId: string, person: string): Promise<void> {
    await this.world.app.get(OrgDb, { strict: false }).write(ctxOf(orgId), (tx) => erasePerson(tx, person));
  }

  /** Keeps the trails as they are now; what this gives back restores them. */
  async keep(): Promise<() => Promise<void>> {
    for (const table of TABLES) await this.world.db.query(`create table kept_${table} as select * from ${table}`);
    return async () => {
      await this.untriggered(async () => {
        for (const table of TABLES) {
          await this.world.db.query(`delete from ${table}`);
          const [columns] = await this.world.db.query<{ list: string }>(
            `select string_agg(quote_ident(attname), ', ') as list from pg_attribute
             where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = ''`,
            [table],
          );
          await this.world.db.query(
            `insert into ${table} (${columns?.list}) select ${columns?.list} from kept_${table}`,
          );
        }
      });
    };
  }

  /** Runs statements that no trigger sees. */
  async untriggered(work: () => Promise<unknown>): Promise<void> {
    await this.world.db.query(`set session_replication_role = replica`);
    await work();
    await this.world.db.query(`set session_replication_role = origin`);
  }
}

function eventOf(row: number, person: { id: string; name: string }): AuditEvent {
  switch (row % 5) {
    case 0:
      return {
        action: 'user.update',
        targetId: person.id,
        person,
        before: { active: true, email: person.name, full_name: 'A User' },
        after: { active: false, email: person.name, full_name: 'A. User' },
      };
    case 1:
      return {
        action: 'registry.create',
        targetId: uuidv7(),
        targetName: `registry-${row}`,
        registryId: uuidv7(),
        after: { name: `registry-${row}`, labels: { team: 'α', '\ud83d\ude00': 'x' }, limits: [1, 2.5, 1e21] },
      };
    case 2:
      return { action: 'permission.deny', result: 'denied', reason: 'registry:edit', targetId: `GET /v0/${row}` };
    case 3:
      return {
        action: 'server.version.edit',
        targetId: `com.example/s@${row}`,
        registryId: uuidv7(),
        before: { description: 'old', nested: { deep: [{ a: 1 }] } },
        after: { description: 'new', nested: { deep: [{ a: 2 }] } },
      };
    default:
      return { action: 'token.create', targetId: uuidv7(), targetName: 'ci', parent: { type: 'user', id: person.id } };
  }
}
