import { sql, type Tx } from '@portolan/db';
import { v7 as uuidv7 } from 'uuid';
import { REGISTRIES, REGISTRY_ADMIN } from './roles';

/** Makes whoever acts the Admin of a registry. */
export async function grantRegistryAdmin(tx: Tx, registryId: string): Promise<void> {
  const { orgId, principal } = tx.ctx;
  const userId = principal.type === 'user' ? principal.id : null;
  const systemAccountId = principal.type === 'system_account' ? principal.id : null;
  const subjectId = principal.type === 'jwt_subject' ? principal.id : null;
  await tx.run(sql`
    insert into role_assignment (org_id, id, user_id, system_account_id, issuer_subject_id, role_name,
                                 entity_type_name, entity_id)
    values (${orgId}, ${uuidv7()}, ${userId}, ${systemAccountId}, ${subjectId}, ${REGISTRY_ADMIN}, ${REGISTRIES},
            ${registryId})`);
}

/** Takes away every role on a registry that is being deleted. */
export async function dropRegistryAssignments(tx: Tx, registryId: string): Promise<void> {
  await tx.run(sql`
    delete from role_assignment
    where org_id = ${tx.ctx.orgId} and entity_type_name = ${REGISTRIES} and entity_id = ${registryId}`);
}
