import type { Access } from './access';
import { requireCeiling } from './holder';
import { ORGANIZATION_ADMIN, PREDEFINED_TEAMS } from './predefined-teams';

const ADMINISTRATOR = PREDEFINED_TEAMS.filter(({ name }) => name === ORGANIZATION_ADMIN).flatMap(({ roles }) =>
  roles.map((role) => ({ ...role, entity_id: '*' })),
);

/**
 * What shuts others out of the whole organization takes all that its administrators have.
 *
 * @throws AppError privilege_ceiling
 */
export function requireAdministrator(access: Access): void {
  requireCeiling(access, ADMINISTRATOR);
}
