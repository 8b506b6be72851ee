import { constant, sql, type Tx } from '@portolan/db';
import { AppError, isUuid, type Labels, type ListFields } from '@portolan/kernel';

export interface TeamRow {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly labels: Labels;
  /** True for the predefined teams, which nobody can change. */
  readonly system_team: boolean;
  /** RFC 3339, UTC, microseconds. */
  readonly created_at: string;
  readonly updated_at: string;
}

/** Of the table under the name `t`. */
export const TEAM_COLUMNS = constant(
  't.id, t.name, t.description, t.labels, t.system_team, rfc3339(t.created_at) as created_at, rfc3339(t.updated_at) as updated_at',
);

/** What a list of teams can be filtered and sorted by. */
export const TEAM_FIELDS: ListFields = {
  id: { column: 't.id', kind: 'uuid', sortable: false },
  name: { column: 't.name', kind: 'string', sortable: true },
  description: { column: 't.description', kind: 'string', sortable: false },
  labels: { column: 't.labels', kind: 'labels', sortable: false },
  system_team: { column: 't.system_team', kind: 'boolean', sortable: true },
  created_at: { column: 't.created_at', kind: 'date', sortable: true },
  updated_at: { column: 't.updated_at', kind: 'date', sortable: true },
};

const LOCKS = {
  none: constant(''),
  /** The team stays until the transaction ends. */
  keep: constant(' for key share'),
  /** Nobody else changes it, its members or its roles until the transaction ends. */
  change: constant(' for update'),
} as const;

/** @throws AppError team_not_found, alike for a foreign id, a missing one and what is no id */
export async function findTeam(tx: Tx, id: string, lock: keyof typeof LOCKS = 'none'): Promise<TeamRow> {
  const row = isUuid(id)
    ? await tx.row<TeamRow>(
        sql`select ${TEAM_COLUMNS} from team t where t.org_id = ${tx.ctx.orgId} and t.id = ${id}${LOCKS[lock]}`,
      )
    : undefined;
  if (!row) throw new AppError('team_not_found');
  return row;
}

/** @throws AppError predefined_team */
export function requireCustomTeam({ system_team: predefined }: Pick<TeamRow, 'system_team'>): void {
  if (predefined) throw new AppError('predefined_team');
}
