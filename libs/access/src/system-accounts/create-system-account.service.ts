import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { brokenConstraint, OrgDb, sql } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { v7 as uuidv7 } from 'uuid';
import { NAME_KEY, SYSTEM_ACCOUNT_COLUMNS, type SystemAccountRow } from './system-account-row';

export interface NewSystemAccount {
  readonly name: string;
  readonly description: string | null;
}

/** Creates an account for an agent or a pipeline, without roles and tokens. */
@Injectable()
export class CreateSystemAccount {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError system_account_name_taken */
  async execute(ctx: Ctx, { name, description }: NewSystemAccount): Promise<SystemAccountRow> {
    const id = uuidv7();
    try {
      return await this.db.write(ctx, async (tx) => {
        const row = await tx.row<SystemAccountRow>(sql`
          insert into system_account (org_id, id, name, description)
          values (${ctx.orgId}, ${id}, ${name}, ${description}) returning ${SYSTEM_ACCOUNT_COLUMNS}`);
        if (!row) throw new Error('the new system account was not returned');
        await recordAudit(tx, { action: 'system_account.create', targetId: id, targetName: name, after: row });
        return row;
      });
    } catch (error) {
      if (brokenConstraint(error) === NAME_KEY) throw new AppError('system_account_name_taken');
      throw error;
    }
  }
}
