import type { MigrationInterface, QueryRunner } from 'typeorm';
import { forEachOrganization, noWayBack } from './support';

const ROLES: readonly (readonly [team: string, role: string])[] = [
  ['Organization Admin', 'Admin'],
  ['Organization Admin (Read Only)', 'Viewer'],
  ['MCP Registry Admin', 'Admin'],
];

/** Gives the predefined teams of existing organizations their roles on upstreams. */
export class MirrorRoles1764000000018 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await forEachOrganization(runner, async () => {
      for (const [team, role] of ROLES)
        await runner.query(
          `insert into role_assignment (org_id, id, team_id, role_name, entity_type_name, entity_id)
           select t.org_id, gen_random_uuid(), t.id, $2, 'Upstreams', '*'
           from team t where t.org_id = current_org_id() and t.system_team and t.name = $1`,
          [team, role],
        );
    });
  }

  down(): Promise<void> {
    return noWayBack();
  }
}
