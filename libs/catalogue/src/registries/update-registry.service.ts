import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql } from '@portolan/db';
import { AppError, mergeLabels, type Ctx, type LabelsChange } from '@portolan/kernel';
import { MIRRORED_DATA_AS_OF } from './mirrored-data';
import { REGISTRY_COLUMNS, type RegistryRow, type ShownRegistry } from './registry-row';

/** Absent means unchanged. */
export interface RegistryChange {
  readonly displayName?: string;
  readonly description?: string | null;
  readonly labels?: LabelsChange;
  readonly visibility?: 'private' | 'public';
}

@Injectable()
export class UpdateRegistry {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError registry_not_found, invalid_parameters when the merged labels are too many */
  execute(ctx: Ctx, id: string, change: RegistryChange): Promise<ShownRegistry> {
    return this.db.write(ctx, async (tx) => {
      const before = await tx.row<RegistryRow>(
        sql`select ${REGISTRY_COLUMNS} from registry where org_id = ${ctx.orgId} and id = ${id} for no key update`,
      );
      if (!before) throw new AppError('registry_not_found');
      const description = change.description === undefined ? before.description : change.description;
      const shown = await tx.row<ShownRegistry>(sql`
        update registry
        set display_name = ${change.displayName ?? before.display_name}, description = ${description},
            labels = ${JSON.stringify(mergeLabels(before.labels, change.labels))}::jsonb,
            visibility = ${change.visibility ?? before.visibility}, updated_at = clock_timestamp(),
            revision = revision + 1
        where org_id = ${ctx.orgId} and id = ${id}
        returning ${REGISTRY_COLUMNS}, ${MIRRORED_DATA_AS_OF}`);
      if (!shown) throw new AppError('registry_not_found');
      const { mirrored_data_as_of: _, ...after } = shown;
      await recordAudit(tx, {
        action: 'registry.update',
        targetId: id,
        targetName: after.name,
        registryId: id,
        before,
        after,
      });
      return shown;
    });
  }
}
