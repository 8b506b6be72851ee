import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { brokenConstraint, OrgDb, sql } from '@portolan/db';
import { Egress } from '@portolan/egress';
import { AppError, type Ctx } from '@portolan/kernel';
import type { Access } from '../rbac/access';
import type { NewIssuer } from './create-issuer.service';
import { findIssuer, ISSUER_COLUMNS, type IssuerRow } from './issuer-row';
import { requireIssuerCeiling, requireOwnAudiences, requireReferences } from './issuer-rules';

/** Absent means unchanged; lists are replaced as a whole. */
export type IssuerChange = Partial<NewIssuer>;

/** Changes an issuer; the next request with a token of it goes by the change. */
@Injectable()
export class UpdateIssuer {
  constructor(
    private readonly db: OrgDb,
    private readonly egress: Egress,
  ) {}

  /** @throws AppError issuer_not_found, forbidden_address, invalid_parameters, privilege_ceiling, issuer_name_taken */
  async execute(ctx: Ctx, access: Access, id: string, change: IssuerChange): Promise<IssuerRow> {
    if (change.issuer_url !== undefined) this.egress.check(change.issuer_url);
    try {
      return await this.db.write(ctx, async (tx) => {
        const before = await findIssuer(tx, id, 'change');
        const next = { ...before, ...change };
        // What is there already may name what has been deleted since.
        if (change.claim_rules) await requireReferences(tx, change.claim_rules);
        await requireIssuerCeiling(tx, access, before);
        await requireIssuerCeiling(tx, access, next);
        await requireOwnAudiences(tx, next);
        const after = await tx.row<IssuerRow>(sql`
          update trusted_issuer
          set name = ${next.name}, issuer_url = ${next.issuer_url}, audiences = ${next.audiences}::text[],
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
