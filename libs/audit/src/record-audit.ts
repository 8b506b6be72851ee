import { sql, type Tx } from '@portolan/db';
import { v7 as uuidv7 } from 'uuid';
import { AUDIT_ACTIONS, type AuditEvent } from './audit-events';

const USER_AGENT_MAX = 512;
const TARGET_NAME_MAX = 1_024;

/** Writes the audit row of a change in the change's own transaction. */
export async function recordAudit(tx: Tx, event: AuditEvent): Promise<void> {
  const { ctx } = tx;
  const { kind, target } = AUDIT_ACTIONS[event.action];
  await tx.run(sql`
    insert into audit_log (org_id, id, kind, action, result, reason, principal_type, principal_id, principal_name,
                           token_id, trace_id, address, user_agent, target_type, target_id, target_name, registry_id,
                           before, after)
    values (${ctx.orgId}, ${uuidv7()}, ${kind}, ${event.action}, ${event.result ?? 'success'}, ${event.reason ?? null},
            ${ctx.principal.type}, ${ctx.principal.id}, ${ctx.principal.name}, ${ctx.principal.tokenId},
            ${ctx.traceId}, ${ctx.address}::inet, ${ctx.userAgent?.slice(0, USER_AGENT_MAX) ?? null}, ${target},
            ${event.targetId ?? null}, ${event.targetName?.slice(0, TARGET_NAME_MAX) ?? null},
            ${event.registryId ?? null}, ${json(event.before)}::jsonb, ${json(event.after)}::jsonb)`);
}

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
