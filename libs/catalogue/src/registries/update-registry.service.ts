import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql } from '@portolan/db';
import { AppError, invalidParameter, type Ctx } from '@portolan/kernel';
import { LABELS_MAX } from './labels';
import { REGISTRY_COLUMNS, type RegistryRow } from './registry-row';

/** Absent means unchanged; a label with the value null is dropped. */
export interface RegistryChange {
  readonly displayName?: string;
  readonly description?: string | null;
  readonly labels?: Readonly<Record<string, string | null>> | null;
  readonly visibility?: 'private' | 'public';
}

@Injectable()
export class UpdateRegistry {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError registry_not_found, invalid_parameters when the merged labels are too many */
  execute(ctx: Ctx, id: string, change: RegistryChange): Promise<RegistryRow> {
    return this.db.write(ctx, async (tx) => {
      const before = await tx.row<RegistryRow>(
        sql`select ${REGISTRY_COLUMNS} from registry where org_id = ${ctx.orgId} and id = ${id} for no key update`,
      );
      if (!before) throw new AppError('registry_not_found');
      const description = change.description === undefined ? before.description : change.description;
      const after = await tx.row<RegistryRow>(sql`
        update registry
        set display_name = ${change.displayName ?? before.display_name}, description = ${description},
            labels = ${JSON.stringify(mergeLabels(before.labels, change.labels))}::jsonb,
            visibility = ${change.visibility ?? before.visibility}, updated_at = clock_timestamp(),
            revision = revision + 1
        where org_id = ${ctx.orgId} and id = ${id}
        returning ${REGISTRY_COLUMNS}`);
      if (!after) throw new AppError('registry_not_found');
      await recordAudit(tx, {
        action: 'registry.update',
        targetId: id,
        targetName: after.name,
        registryId: id,
        before,
        after,
      });
      return after;
    });
  }
}

function mergeLabels(before: RegistryRow['labels'], change: RegistryChange['labels']): Record<string, string> {
  if (change === undefined) return { ...before };
  const merged = new Map<string, string | null>(Object.entries(change === null ? {} : { ...before, ...change }));
  const kept = [...merged].filter((entry): entry is [string, string] => entry[1] !== null);
  if (kept.length > LABELS_MAX)
    throw invalidParameter({
      field: 'labels',
      rule: 'max_items',
      maximum: LABELS_MAX,
      reason: `labels must contain no more than ${LABELS_MAX} entries`,
      source: 'body',
    });
  return Object.fromEntries(kept);
}
