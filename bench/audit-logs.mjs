import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import pg from 'pg';
import { fill, IDS } from './audit-logs-fill.mjs';

const USAGE =
  'node bench/audit-logs.mjs <PORTOLAN_HOME of a running Portolan> fill [rows] | measure [requests] | plans';
const ROWS = 10_000_000;
const REQUESTS = 200;
const WARM_UP = 20;
const DAY_MS = 86_400_000;

const agent = new Agent({ keepAlive: true });
const [home, command, count] = process.argv.slice(2);
if (home === undefined || !['fill', 'measure', 'plans'].includes(command ?? '')) throw new Error(USAGE);

/** @param {string} name */
const json = (name) => JSON.parse(readFileSync(join(home, name), 'utf8'));
const { port, passwords } = json('postgres.json');
const { url, organization, admin_token: token } = json('ready.json');
const superuserUrl = `postgres://postgres:${encodeURIComponent(passwords.superuser)}@127.0.0.1:${port}/portolan`;
const client = new pg.Client({ connectionString: superuserUrl });
await client.connect();
const { rows: found } = await client.query('select id from organization where name = $1', [organization]);
const orgId = String(found[0]?.id);
try {
  if (command === 'fill') await fill({ superuserUrl, orgId, rows: Number(count ?? ROWS), log: console.log });
  else if (command === 'plans') await plans();
  else await measure(Number(count ?? REQUESTS));
} finally {
  await client.end();
}

/**
 * What is asked for, by its name.
 * @returns {Promise<Record<string, string>>}
 */
async function casesOf() {
  const { rows: targets } = await client.query(
    `select target_id from audit_log where org_id = $1 and target_id is not null and occurred_at < now() - interval '200 days'
     order by occurred_at desc limit 1`,
    [orgId],
  );
  const target = encodeURIComponent(String(targets[0]?.target_id));
  const busy = await idOf(IDS.credential(0));
  const seldom = await idOf(IDS.credential(190));
  const week = `filter[occurred_at][gte]=${ago(107)}&filter[occurred_at][lt]=${ago(100)}`;
  return {
    'first page of 20': '',
    'first page of 1000': 'page[size]=1000',
    'page of 20, 10 months deep': `filter[occurred_at][lt]=${ago(300)}`,
    kind: 'filter[kind]=authorization',
    'action, common': 'filter[action]=server.version.publish',
    'action, rare': 'filter[action]=registry.update',
    'three actions': 'filter[action][oeq]=registry.update,permission.deny,session.end',
    denied: 'filter[result]=denied',
    'principal by address': 'filter[principal]=user-5@example.com',
    'credential, busy': `filter[credential_id]=${busy}`,
    target: `filter[target]=${target}`,
    'registry by name': 'filter[registry]=registry-49',
    'one week': week,
    'denials of a week': `filter[result]=denied&${week}`,
    "a busy credential's denials of a week, all pages": `filter[credential_id]=${busy}&filter[result]=denied&${week}`,
    "another credential's denials of a week, all pages": `filter[credential_id]=${seldom}&filter[result]=denied&${week}`,
    "a busy credential's denials": `filter[credential_id]=${busy}&filter[result]=denied`,
    'a request that is not there': 'filter[request_id]=none',
    'a target that is not there': 'filter[target]=none',
  };
}

/** @param {number} requests */
async function measure(requests) {
  console.log('case | requests | pages | rows | p50 ms | p95 ms | max ms');
  for (const [name, query] of Object.entries(await casesOf())) {
    const all = name.endsWith('all pages');
    /** @type {number[]} */
    const times = [];
    let last = { pages: 0, rows: 0 };
    for (let i = 0; i < WARM_UP + requests; i += 1) {
      const start = performance.now();
      last = await walk(query, all ? Infinity : 1);
      if (i >= WARM_UP) times.push(performance.now() - start);
    }
    times.sort((a, b) => a - b);
    const at = (/** @type {number} */ share) => (times[Math.floor((times.length - 1) * share)] ?? 0).toFixed(1);
    console.log(`${name} | ${requests} | ${last.pages} | ${last.rows} | ${at(0.5)} | ${at(0.95)} | ${at(1)}`);
  }
  const start = performance.now();
  const { length } = await get(`/v0/audit-logs/export?filter[kind]=change&filter[occurred_at][gte]=${ago(7)}`);
  const seconds = (performance.now() - start) / 1_000;
  console.log(`export of ${(length / 1e6).toFixed(0)} MB: ${seconds.toFixed(1)} s`);
}

/** @param {string} text SQL of an id */
async function idOf(text) {
  const { rows } = await client.query(`select ${text} as id`, [orgId]);
  return String(rows[0]?.id);
}

/** @param {number} days */
function ago(days) {
  return new Date(Date.now() - days * DAY_MS).toISOString();
}

/** The plan of the first page of each, as the API has it, without what was not reached. */
async function plans() {
  const load = createRequire(import.meta.url);
  const built = (/** @type {string} */ path) => load(`../dist/libs/${path}`);
  const { auditRowsSql, PLANNED_AS_WRITTEN } = built('audit/src/rows/audit-rows-sql.js');
  const { AUDIT_LOG_FIELDS, filterOfIds } = built('audit/src/rows/audit-log-filter.js');
  const [{ toSql }, { parseFilter }] = [built('db/src/index.js'), built('kernel/src/index.js')];
  const [principal, registry] = [await idOf(IDS.principal(5)), await idOf(IDS.registry(49))];
  const reader = new pg.Client({ connectionString: json('postgres.json').appUrl });
  await reader.connect();
  try {
    for (const [name, query] of Object.entries(await casesOf())) {
      const filters = [...new URLSearchParams(query)].filter(([key]) => key.startsWith('filter['));
      const parsed = filters.map(([key, value]) => {
        if (key === 'filter[principal]') return filterOfIds('principal_id', [principal]);
        if (key === 'filter[registry]') return filterOfIds('registry_id', [registry]);
        return parseFilter(key, value, AUDIT_LOG_FIELDS);
      });
      const pageSize = name.endsWith('of 1000') ? 1_000 : 20;
      const { text, values } = toSql(auditRowsSql({ orgId, filters: parsed, before: null, pageSize }));
      await reader.query('begin read only; set local enable_sort = off');
      await reader.query(`select set_config('app.org_id', $1, true)`, [orgId]);
      await reader.query(toSql(PLANNED_AS_WRITTEN).text);
      const { rows } = await reader.query(`explain (analyze, buffers, timing off) ${text}`, [...values]);
      await reader.query('rollback');
      const lines = rows.map((row) => String(row['QUERY PLAN']));
      console.log(`\n${name}`);
      for (const line of lines.filter((one) => /Scan.*audit_log.*actual|Sort|^(Planning|Execution) Time/.test(one)))
        console.log(line);
    }
  } finally {
    await reader.end();
  }
}

/**
 * @param {string} query
 * @param {number} pagesMax
 */
async function walk(query, pagesMax) {
  let pages = 0;
  let rows = 0;
  /** @type {string | null} */
  let path = `/v0/audit-logs?${query}`;
  for (; path !== null && pages < pagesMax; pages += 1) {
    /** @type {{ data: unknown[], meta: { page: { next: string | null } } }} */
    const { data, meta } = JSON.parse((await get(path)).toString());
    rows += data.length;
    path = meta.page.next;
  }
  return { pages, rows };
}

/**
 * @param {string} path
 * @returns {Promise<Buffer>}
 */
function get(path) {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    request(new URL(path, url), { agent, headers }, (response) => {
      /** @type {Buffer[]} */
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const body = Buffer.concat(chunks);
        if (response.statusCode === 200) resolve(body);
        else reject(new Error(`${response.statusCode}: ${body.toString()}`));
      });
    })
      .on('error', reject)
      .end();
  });
}
