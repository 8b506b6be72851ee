import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { TestDatabase } from './database';

/** Ids of the rows that `fillMirrorTables` made. */
export interface MirrorRows {
  readonly upstreamId: string;
  readonly mirrorId: string;
  /** Held. */
  readonly runId: string;
  readonly reservedNamespaceId: string;
}

/** Whose the copies of upstreams without credentials are. */
export const NOBODY_ID = '00000000-0000-0000-0000-000000000000';

/**
 * One row in every table about upstreams and mirrors, each of its texts with `mark` in it: an upstream behind a credential
 * with its private copy, a mirror of it in the registry, a held run, and an earlier document of a version that the mirror
 * brought.
 */
export async function fillMirrorTables(
  db: TestDatabase,
  orgId: string,
  registryId: string,
  mark: string,
): Promise<MirrorRows> {
  const ids: MirrorRows = {
    upstreamId: uuidv7(),
    mirrorId: uuidv7(),
    runId: uuidv7(),
    reservedNamespaceId: uuidv7(),
  };
  const sourceId = uuidv7();
  const url = `https://${mark}.example.com`;
  const name = `com.${mark}/mirrored`;
  const body = JSON.stringify({ name, description: `${mark} mirrored`, version: `1.0.0-${mark}` });
  const hash = createHash('sha256').update(body).digest();
  const readBody = JSON.stringify({ name, description: `${mark} read`, version: `1.0.0-${mark}` });
  const readHash = createHash('sha256').update(readBody).digest();
  const rows: readonly [string, readonly unknown[]][] = [
    [
      `insert into reserved_namespace (org_id, id, namespace) values ($1, $2, $3)`,
      [orgId, ids.reservedNamespaceId, `org.${mark}.reserved`],
    ],
    [
      `insert into source (org_id, id, upstream_id, url, verify_tls, number, head, last_error)
       values ($1, $2, $3, $4, true, 1, 1, $5)`,
      [orgId, sourceId, ids.upstreamId, url, `${mark} error`],
    ],
    [
      `insert into upstream (org_id, id, name, display_name, url, headers_sealed, header_names, source_id)
       values ($1, $2, $3, $4, $5, $6, array[$8 || '-header'], $7)`,
      [orgId, ids.upstreamId, `${mark}-upstream`, `${mark} upstream`, url, `${mark} sealed`, sourceId, mark],
    ],
    [
      `insert into document (hash, body) values ($1, $2), ($3, $4) on conflict do nothing`,
      [hash, body, readHash, readBody],
    ],
    [
      `insert into source_crawl (org_id, source_id, number, mode, state, cursor, finished_at)
       values ($1, $2, 1, 'full', 'finished', $3, now())`,
      [orgId, sourceId, `${mark}-cursor`],
    ],
    ...['crawl_item (number,', 'source_version (from_crawl,'].flatMap(
      (start) =>
        [
          [
            `insert into ${start} org_id, source_id, name, version, document_hash, meta, status, status_message, precedence,
                                  registry_types, transports)
             values (1, $1, $2, $3, $4, $5, $6, 'active', $7, 'o', array[$8], '{stdio}')`,
            [orgId, sourceId, name, `1.0.0-${mark}`, readHash, JSON.stringify({ note: mark }), `${mark} message`, mark],
          ],
          [
            `insert into ${start} org_id, source_id, name, version, fault, status, precedence, registry_types, transports)
             values (1, $1, $2, $3, '2.0.0', $4, 'active', 'o', '{npm}', '{stdio}')`,
            [orgId, sourceId, name, `${mark} fault`],
          ],
        ] as [string, unknown[]][],
    ),
    [
      `insert into mirror (org_id, id, registry_id, upstream_id, position, schedule, include, exclude, registry_types,
                           source_id, applied_crawl, next_run_at)
       values ($1, $2, $3, $4, 1, '30d', array['com.' || $5 || '/*'], array[$5 || '-test*'], array['npm', $5], $6, 1,
               now() + interval '30 days')`,
      [orgId, ids.mirrorId, registryId, ids.upstreamId, mark, sourceId],
    ],
    [
      `insert into mirror_run (org_id, id, mirror_id, mode, dry_run, trigger, state, fresh_from, finished_at, source_id,
                               crawl_number, reasons, error_code, error_detail)
       values ($1, $2, $3, 'full', false, 'request', 'held', now(), now(), $4, 1, $5, 'unreachable', $6)`,
      [
        orgId,
        ids.runId,
        ids.mirrorId,
        sourceId,
        JSON.stringify([{ guard: 'empty', detail: `${mark} reason` }]),
        `${mark} error`,
      ],
    ],
    [
      `insert into mirror_run_item (org_id, run_id, name, version, action, reason, detail, guard)
       values ($1, $2, $3, $4, 'tombstoned', 'missing', $5, 'empty')`,
      [orgId, ids.runId, name, `1.0.0-${mark}`, `${mark} detail`],
    ],
    [
      `insert into server_version (org_id, registry_id, name, version, document_hash, status, status_message,
                                   status_changed_at, published_at, updated_at, is_latest, mirror_id, run_id,
                                   upstream_name, meta, local_status, local_status_message, upstream_status,
                                   upstream_status_message)
       values ($1, $2, $3, $4, $5, 'deprecated', $6, now(), now(), now(), true, $7, $8, $9, $10, 'deprecated', $6,
               'active', $6)`,
      [
        ...[orgId, registryId, name, `1.0.0-${mark}`, hash, `${mark} message`],
        ...[ids.mirrorId, ids.runId, `${mark}-upstream`, JSON.stringify({ note: mark })],
      ],
    ],
    [
      `update registry set version_count = version_count + 1, server_count = server_count + 1 where id = $1`,
      [registryId],
    ],
  ];
  for (const [text, values] of rows) await db.query(text, values);
  return ids;
}

/** A copy that everybody shares, with a crawl and a version in it. Returns its id. */
export async function fillSharedSource(db: TestDatabase): Promise<string> {
  const body = JSON.stringify({ name: 'com.example/shared', description: 'Shared', version: '1.0.0' });
  const hash = createHash('sha256').update(body).digest();
  const [source] = await db.query<{ id: string }>(`select shared_source('https://shared.example.com', true) as id`);
  const id = source?.id ?? '';
  await db.query(`insert into document (hash, body) values ($1, $2) on conflict do nothing`, [hash, body]);
  await db.query(
    `insert into source_crawl (org_id, source_id, number, mode, state) values ($1, $2, 1, 'full', 'finished')`,
    [NOBODY_ID, id],
  );
  for (const start of ['crawl_item (number,', 'source_version (from_crawl,'])
    await db.query(
      `insert into ${start} org_id, source_id, name, version, document_hash, status, precedence, registry_types,
                            transports)
       values (1, $1, $2, 'com.example/shared', '1.0.0', $3, 'active', 'o', '{}', '{}')`,
      [NOBODY_ID, id, hash],
    );
  return id;
}
