/**
 * @typedef {import('./versions.mjs').Version} Version
 * @typedef {{ orgId: string, id: string }} Registry
 */

const BATCH_ROWS = 5_000;

/**
 * Writes versions straight into the database, so that reads find them as if they had been published; there is no audit
 * trail of them. What is staged goes into one registry or many.
 */
export class Filler {
  #client;

  /** @param {import('pg').Client} client a superuser's: the policies bind everybody else */
  constructor(client) {
    this.#client = client;
  }

  async #stage() {
    await this.#client.query(
      `create temporary table if not exists staged (
         name text collate "C", version text collate "C", body text, hash bytea, published_at timestamptz,
         updated_at timestamptz, is_latest boolean, remote_urls text)`,
    );
    await this.#client.query('truncate staged');
  }

  /** @param {readonly Version[]} versions */
  async stageVersions(versions) {
    await this.#stage();
    for (let start = 0; start < versions.length; start += BATCH_ROWS) {
      const batch = versions.slice(start, start + BATCH_ROWS);
      await this.#client.query(
        `insert into staged
         select r.name, r.version, r.body, sha256(convert_to(r.body, 'UTF8')), r.published_at, r.updated_at, r.is_latest,
                r.remote_urls
         from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::boolean[], $7::text[])
           as r(name, version, body, published_at, updated_at, is_latest, remote_urls)`,
        [
          batch.map((one) => one.name),
          batch.map((one) => one.version),
          batch.map((one) => one.text),
          batch.map((one) => one.publishedAt),
          batch.map((one) => one.updatedAt),
          batch.map((one) => one.isLatest),
          batch.map((one) => (one.remoteUrls.length === 0 ? null : one.remoteUrls.join('\n'))),
        ],
      );
    }
  }

  /**
   * @param {string} select SQL of rows as `staged` has them but for the hash
   * @param {readonly unknown[]} values of its parameters
   */
  async stageSelect(select, values) {
    await this.#stage();
    await this.#client.query(
      `insert into staged
       select name, version, body, sha256(convert_to(body, 'UTF8')), published_at, updated_at, is_latest, null
       from (${select}) made`,
      [...values],
    );
  }

  /**
   * Gives what is staged to registries that hold none of these names yet.
   * @param {readonly Registry[]} registries
   */
  async publishStaged(registries) {
    const client = this.#client;
    const ids = [registries.map(({ orgId }) => orgId), registries.map(({ id }) => id)];
    await client.query('begin');
    const indexes = await this.#indexesToRebuild(registries.length);
    for (const { name } of indexes) await client.query(`drop index ${name}`);
    // Foreign keys hold by construction, and the names are written below: a trigger for each row costs more than the row.
    await client.query(`set local session_replication_role = replica; set local synchronous_commit = off`);
    await client.query(`set local work_mem = '256MB'; set local maintenance_work_mem = '256MB'`);
    await client.query(
      `insert into document (hash, body) select distinct on (hash) hash, body from staged on conflict do nothing`,
    );
    const to = `unnest($1::uuid[], $2::uuid[]) as r(org_id, id)`;
    await client.query(
      `insert into server_version (org_id, registry_id, name, version, document_hash, status_changed_at, published_at,
                                   updated_at, is_latest)
       select r.org_id, r.id, s.name, s.version, s.hash, s.published_at, s.published_at, s.updated_at, s.is_latest
       from ${to} cross join staged s order by r.id, s.published_at`,
      ids,
    );
    await client.query(
      `insert into server_name (registry_id, name) select r.id, s.name
       from unnest($1::uuid[]) as r(id) cross join (select distinct name from staged) s`,
      [ids[1]],
    );
    await client.query(
      `insert into remote_url_claim (org_id, registry_id, url_hash, name)
       select r.org_id, r.id, sha256(convert_to(u.url, 'UTF8')), u.name
       from ${to} cross join (select distinct name, string_to_table(remote_urls, E'\n') as url from staged) u
       on conflict do nothing`,
      ids,
    );
    await client.query(
      `update registry set revision = revision + 1, version_count = version_count + s.versions,
                           server_count = server_count + s.servers
       from (select count(*) as versions, count(distinct name) as servers from staged) s
       where id = any($1)`,
      [ids[1]],
    );
    for (const { definition } of indexes) await client.query(definition);
    await client.query('commit');
    // What was changed behind the application's back is told to all who remember something.
    await client.query(`notify portolan_changes, '*'`);
    await client.query('vacuum (analyze) document, server_version, server_name, remote_url_claim, registry');
  }

  /**
   * Those that are made faster anew than they grow by so many rows.
   * @param {number} registries
   * @returns {Promise<{ name: string, definition: string }[]>}
   */
  async #indexesToRebuild(registries) {
    const { rows } = await this.#client.query(
      `select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition from pg_index i
       where i.indrelid in ('server_version'::regclass, 'server_name'::regclass)
         and not exists (select from pg_constraint c where c.conindid = i.indexrelid)
         and (select count(*) from staged) * $1 > (select count(*) from server_version) / 2`,
      [registries],
    );
    return rows;
  }
}
