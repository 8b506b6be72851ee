import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { brokenConstraint, OrgDb, sql } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { PublicUrl } from '../public-url';
import type { Access } from '../rbac/access';
import { findIssuer, ISSUER_COLUMNS, type IssuerRow } from './issuer-row';
import { requireFreeAudiences, requireIssuerCeiling, requireOwnAudiences, requireReferences } from './issuer-rules';

/** Absent means unchanged; lists are replaced as a whole. Of another URL its subjects would be others of the same names. */
export type IssuerChange = Partial<Omit<IssuerRow, 'id' | 'issuer_url' | 'created_at' | 'updated_at'>>;

/** Changes an issuer; the next request with a token of it goes by the change. */
@Injectable()
export class UpdateIssuer {
  constructor(
    private readonly db: OrgDb,
    private readonly publicUrl: PublicUrl,
  ) {}

  /** @throws AppError issuer_not_found, invalid_parameters, privilege_ceiling, issuer_name_taken */
  async execute(ctx: Ctx, access: Access, id: string, change: IssuerChange): Promise<IssuerRow> {
    try {
      return await this.db.write(ctx, async (tx) => {
        const before = await findIssuer(tx, id, 'change');
        const next = { ...before, ...change };
        // What is there already may name what has been deleted since.
        if (change.claim_rules) await requireReferences(tx, change.claim_rules);
        await requireIssuerCeiling(tx, access, before);
        await requireIssuerCeiling(tx, access, next);
        // The URL of the API may have changed since.
        if (change.audiences) await requireOwnAudiences(tx, this.publicUrl.origin, change.audiences);
        await requireFreeAudiences(tx, next);
        const after = await tx.row<IssuerRow>(sql`
          update trusted_issuer
          set name = ${next.name}, audiences = ${next.audiences}::text[],
              claim_rules = ${JSON.stringify(next.claim_rules)}::jsonb,
              max_lifetime_seconds = ${next.max_lifetime_seconds}, enabled = ${next.enabled},
              updated_at = clock_timestamp()
          where org_id = ${ctx.orgId} and id = ${before.id}
          returning ${ISSUER_COLUMNS}`);
        if (!after) throw new AppError('issuer_not_found');
        await recordAudit(tx, { action: 'issuer.update', targetId: after.id, targetName: after.name, before, after });
        return after;
      });
    } catch (error) {
      if (brokenConstraint(error) === 'trusted_issuer_name_key') throw new AppError('issuer_name_taken');
      throw error;
    }
  }
}
