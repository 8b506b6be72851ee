import { sql, type Tx } from '@portolan/db';
import { v7 as uuidv7 } from 'uuid';
import type { JobMap, JobName } from './job-map';

/** Asks for a job in the same transaction as the change that needs it. The only way to schedule work. */
export async function enqueue<N extends JobName>(tx: Tx, name: N, payload: JobMap[N]): Promise<void> {
  await tx.run(sql`
    insert into outbox (org_id, id, name, payload)
    values (${tx.ctx.orgId}, ${uuidv7()}, ${name}, ${JSON.stringify(payload)}::jsonb)`);
}
