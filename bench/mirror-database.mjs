/**
 * How many mirrors do not show yet what is known of their upstream.
 * @param {import('pg').Client} database
 * @param {string} upstreamId
 */
export async function behind(database, upstreamId) {
  const { rows } = await database.query(
    `select count(*)::integer as mirrors
     from mirror m join upstream u on u.org_id = m.org_id and u.id = m.upstream_id join source s on s.id = u.source_id
     where u.id = $1 and (m.source_id is distinct from s.id or m.applied_crawl is distinct from s.head)`,
    [upstreamId],
  );
  return Number(rows[0]?.mirrors);
}

/**
 * @param {import('pg').Client} database
 * @returns {Promise<Map<string, number>>} rows that were written so far, by table
 */
export async function writes(database) {
  const { rows } = await database.query(
    `select relname, (n_tup_ins + n_tup_upd + n_tup_del)::float8 as rows from pg_stat_user_tables order by relname`,
  );
  return new Map(rows.map(({ relname, rows: count }) => [String(relname), Number(count)]));
}

/**
 * @param {import('pg').Client} database
 * @returns {Promise<Map<string, Map<string, number>>>} bytes on disk, by table and part: `heap`, or the name of an index
 */
export async function sizes(database) {
  const { rows } = await database.query(
    `select c.relname as table, p.part, p.bytes::float8 as bytes
     from pg_class c
     cross join lateral (
       select 'heap' as part, pg_table_size(c.oid) as bytes
       union all
       select i.indexrelid::regclass::text, pg_relation_size(i.indexrelid) from pg_index i where i.indrelid = c.oid) p
     where c.relkind in ('r', 'm') and c.relnamespace = 'public'::regnamespace`,
  );
  /** @type {Map<string, Map<string, number>>} */
  const tables = new Map();
  for (const { table, part, bytes } of rows)
    tables.set(table, (tables.get(table) ?? new Map()).set(String(part), Number(bytes)));
  return tables;
}
