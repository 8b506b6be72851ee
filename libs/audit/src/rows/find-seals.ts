import { sql, type SqlFragment, type Tx } from '@portolan/db';

interface Seal {
  readonly audit_id: string;
  readonly occurred_at: string;
  readonly sequence: number;
  readonly hash: Buffer;
}

type Unplaced = Readonly<Record<'id' | 'occurred_at', string>>;

const DAY_MS = 86_400_000;

/** The places of rows in the organization's chain; a row that is not sealed has none. */
export async function findSeals(tx: Tx, rows: readonly Unplaced[]): Promise<(row: Unplaced) => Seal | undefined> {
  if (rows.length === 0) return () => undefined;
  const times = rows.map(({ occurred_at: at }) => Date.parse(at));
  // Most rows are sealed at once. A clock that was set back makes a seal older than its row.
  const from = new Date(Math.min(...times) - DAY_MS);
  const until = new Date(Math.max(...times) + DAY_MS);
  const seals = await tx.rows<Seal>(sealsSql(tx.ctx.orgId, rows, { from, until }));
  const found = new Map(seals.map((seal) => [nameOf(seal.audit_id, seal.occurred_at), seal]));
  const find = ({ id, occurred_at: at }: Unplaced) => found.get(nameOf(id, at));
  const missing = rows.filter((row) => find(row) === undefined);
  const end = new Date(Date.now() + DAY_MS);
  if (missing.length === 0 || until >= end) return find;
  const late = await tx.rows<Seal>(sealsSql(tx.ctx.orgId, missing, { from: until, until: end }));
  for (const seal of late) found.set(nameOf(seal.audit_id, seal.occurred_at), seal);
  return find;
}

// Ids are unique with their time only: whoever forges a row can give it the id of one that is sealed.
function nameOf(id: string, occurredAt: string): string {
  return `${id} ${occurredAt}`;
}

/** Seals of rows that were made from one time on until another. */
export function sealsSql(
  orgId: string,
  rows: readonly Pick<Unplaced, 'id'>[],
  { from, until }: { readonly from: Date; readonly until: Date },
): SqlFragment {
  return sql`
    select audit_id, rfc3339(occurred_at) as occurred_at, sequence::float8 as sequence, hash from audit_seal
    where org_id = ${orgId} and audit_id = any(${rows.map(({ id }) => id)}::uuid[])
      and sealed_at >= ${from.toISOString()}::timestamptz and sealed_at < ${until.toISOString()}::timestamptz`;
}
