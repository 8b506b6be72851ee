import { Injectable } from '@nestjs/common';
import { grantRegistryAdmin, Quotas } from '@portolan/access';
import { recordAudit } from '@portolan/audit';
import { brokenConstraint, OrgDb, sql } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { v7 as uuidv7 } from 'uuid';
import { REGISTRY_COLUMNS, type RegistryRow, type ShownRegistry } from './registry-row';

export interface NewRegistry {
  readonly name: string;
  /** Defaults to the name. */
  readonly displayName: string | null;
  readonly description: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly visibility: 'private' | 'public';
}

/** Creates a registry; whoever creates it becomes its Admin. */
@Injectable()
export class CreateRegistry {
  constructor(
    private readonly db: OrgDb,
    private readonly quotas: Quotas,
  ) {}

  /** @throws AppError registry_name_taken, quota_exceeded */
  async execute(ctx: Ctx, input: NewRegistry): Promise<ShownRegistry> {
    const id = uuidv7();
    try {
      return await this.db.write(ctx, async (tx) => {
        await this.quotas.require(tx, 'registries');
        const row = await tx.row<RegistryRow>(sql`
          insert into registry (org_id, id, name, display_name, description, labels, visibility)
          values (${ctx.orgId}, ${id}, ${input.name}, ${input.displayName ?? input.name}, ${input.description},
                  ${JSON.stringify(input.labels)}::jsonb, ${input.visibility})
          returning ${REGISTRY_COLUMNS}`);
        if (!row) throw new Error('the new registry was not returned');
        await grantRegistryAdmin(tx, id);
        await recordAudit(tx, {
          action: 'registry.create',
          targetId: id,
          targetName: input.name,
          registryId: id,
          after: row,
        });
        return { ...row, mirrored_data_as_of: null };
      });
    } catch (error) {
      if (brokenConstraint(error) === 'registry_name_key') throw new AppError('registry_name_taken');
      throw error;
    }
  }
}
