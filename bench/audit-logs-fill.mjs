import pg from 'pg';

const MONTHS = 14;
const PRINCIPALS = 200;
const REGISTRIES = 50;
/** Of 1,000 rows: the first organization has what the others leave. */
const OTHERS = { medium: 40, small: 10 };
/** The busiest credential, whose requests are hardly ever denied. */
const QUIET_DENIALS = 0.0002;
const DENIALS = 0.01;

/**
 * Fills the trail of three organizations: 95 %, 4 % and 1 % of the rows, sealed, spread evenly over 14 months.
 * @param {{ superuserUrl: string, orgId: string, rows: number, log: (line: string) => void }} options
 */
export async function fill({ superuserUrl, orgId, rows, log }) {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    await client.query(`set synchronous_commit = off; set work_mem = '64MB'; set max_parallel_workers_per_gather = 0`);
    await prepare(client, orgId);
    for (let month = 0; month < MONTHS; month += 1) {
      const first = Math.floor((rows * month) / MONTHS);
      const last = Math.floor((rows * (month + 1)) / MONTHS);
      await client.query('begin; alter table audit_log disable trigger audit_log_unsealed');
      await client.query(ROWS, [orgId, first, last - 1, rows]);
      await client.query('alter table audit_log enable trigger audit_log_unsealed; commit');
      log(`${last} of ${rows} rows`);
    }
    for (const table of ['audit_log', 'audit_seal', 'audit_person', 'registry'])
      await client.query(`vacuum (analyze, freeze) ${table}`);
  } finally {
    await client.end();
  }
}

/** Ids that the measurement asks for. */
export const IDS = {
  registry: (/** @type {number} */ number) => `md5('registry ' || ${number} || $1::uuid)::uuid`,
  principal: (/** @type {number} */ number) => `md5('principal ' || ${number} || $1::uuid)::uuid`,
  credential: (/** @type {number} */ number) => `md5('credential ' || ${number} || $1::uuid)::uuid`,
};

/**
 * @param {pg.Client} client
 * @param {string} orgId
 */
async function prepare(client, orgId) {
  for (const table of ['audit_log', 'audit_seal'])
    await client.query(`select add_audit_partitions($1, now() - make_interval(months => ${MONTHS}))`, [table]);
  const others = `(values ($1::uuid, 0), (md5('medium')::uuid, 1), (md5('small')::uuid, 2)) o(org_id, number)`;
  await client.query(
    `insert into audit_person (org_id, id, name, salt)
     select o.org_id, md5('principal ' || n || o.org_id)::uuid, 'user-' || n || '@example.com', uuid_send(gen_random_uuid())
     from generate_series(0, ${PRINCIPALS} - 1) n, ${others} where n % 4 <> 3 on conflict do nothing`,
    [orgId],
  );
  await client.query(
    `insert into registry (org_id, id, name, display_name)
     select $1::uuid, md5('registry ' || n || $1::uuid)::uuid, 'registry-' || n, 'Registry ' || n
     from generate_series(0, ${REGISTRIES} - 1) n on conflict do nothing`,
    [orgId],
  );
}

const ROWS = `
  with numbers as materialized (
    select n, (case when n % 1000 < ${OTHERS.small} then md5('small')::uuid
                    when n % 1000 < ${OTHERS.small + OTHERS.medium} then md5('medium')::uuid else $1::uuid end) as org_id,
           date_trunc('second', now()) - make_interval(months => ${MONTHS})
             + (now() - (now() - make_interval(months => ${MONTHS}))) * (n::float8 / $4::float8) as occurred_at,
           floor(${PRINCIPALS} * power(random(), 2))::int as principal,
           floor(${REGISTRIES} * power(random(), 2))::int as registry,
           random() as chance, random() as other_chance
    from generate_series($2::bigint, $3::bigint) n
  ), told as materialized (
    select *, gen_random_uuid() as id,
           other_chance < case when principal = 0 then ${QUIET_DENIALS} else ${DENIALS} end as is_denied,
           chance < 0.6 as is_of_registry
    from numbers
  ), sealed as (
    insert into audit_seal (org_id, sequence, sealed_at, audit_id, occurred_at, digest, hash, key_id, signature)
    select org_id, n + 1, occurred_at + interval '1 second', id, occurred_at, sha256(id::text::bytea),
           sha256(n::text::bytea), 'benchmark', sha256('a') || sha256('b')
    from told
  )
  insert into audit_log (org_id, id, occurred_at, kind, action, result, reason, principal_type, principal_id,
                         principal_name, credential_id, request_id, address, user_agent, target_type, target_id,
                         target_name, registry_id, after)
  select org_id, id, occurred_at,
         case when is_denied then 'authorization' when is_of_registry then 'change' when chance < 0.8 then 'access'
              else 'authentication' end,
         case when is_denied then 'permission.deny'
              when is_of_registry then (array['server.version.publish', 'server.version.edit', 'server.version.status',
                                              'server.version.delete', 'registry.update'])[1 + floor(5 * power(chance / 0.6, 3))::int]
              when chance < 0.8 then 'registry.read' when chance < 0.9 then 'session.create' else 'session.end' end,
         case when is_denied then 'denied' else 'success' end, case when is_denied then 'version:create' end,
         case when principal % 4 = 3 then 'system_account' else 'user' end, md5('principal ' || principal || org_id)::uuid,
         case when principal % 4 = 3 then 'account-' || principal end, md5('credential ' || principal || org_id)::uuid,
         replace(gen_random_uuid()::text, '-', ''), '10.1.2.3', 'curl/8.5.0',
         case when is_of_registry then 'server_version' else 'route' end,
         case when is_of_registry then 'com.team' || floor(random() * 50) || '/server-' || floor(random() * 2000) || '@1.0.0' end,
         case when is_of_registry then null else 'GET /v0.1/servers' end,
         case when is_of_registry then md5('registry ' || registry || org_id)::uuid end,
         case when is_of_registry then jsonb_build_object('status', 'active', 'description', repeat('x', 100)) end
  from told`;
