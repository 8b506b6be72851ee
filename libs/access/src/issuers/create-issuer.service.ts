import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { brokenConstraint, OrgDb, sql } from '@portolan/db';
import { Egress } from '@portolan/egress';
import { AppError, type Ctx } from '@portolan/kernel';
import { v7 as uuidv7 } from 'uuid';
import { PublicUrl } from '../public-url';
import type { Access } from '../rbac/access';
import { ISSUER_COLUMNS, type IssuerRow } from './issuer-row';
import {
  findOwnAudience,
  requireFreeAudiences,
  requireIssuerCeiling,
  requireOwnAudiences,
  requireReferences,
} from './issuer-rules';

export type NewIssuer = Omit<IssuerRow, 'id' | 'audiences' | 'created_at' | 'updated_at'> & {
  /** Undefined: the one that is the organization's own. */
  readonly audiences: readonly string[] | undefined;
};

/** Trusts an issuer of JWTs; nobody lets it give more than he has. */
@Injectable()
export class CreateIssuer {
  constructor(
    private readonly db: OrgDb,
    private readonly egress: Egress,
    private readonly publicUrl: PublicUrl,
  ) {}

  /** @throws AppError forbidden_address, invalid_parameters, privilege_ceiling, issuer_name_taken */
  async execute(ctx: Ctx, access: Access, input: NewIssuer): Promise<IssuerRow> {
    this.egress.check(input.issuer_url);
    const { origin } = this.publicUrl;
    try {
      return await this.db.write(ctx, async (tx) => {
        const audiences = input.audiences ?? [await findOwnAudience(tx, origin)];
        const issuer = { ...input, audiences, id: uuidv7() };
        await requireReferences(tx, issuer.claim_rules);
        await requireIssuerCeiling(tx, access, issuer);
        await requireOwnAudiences(tx, origin, audiences);
        await requireFreeAudiences(tx, issuer);
        const row = await tx.row<IssuerRow>(sql`
          insert into trusted_issuer (org_id, id, name, issuer_url, audiences, claim_rules, max_lifetime_seconds, enabled)
          values (${ctx.orgId}, ${issuer.id}, ${issuer.name}, ${issuer.issuer_url}, ${issuer.audiences}::text[],
                  ${JSON.stringify(issuer.claim_rules)}::jsonb, ${issuer.max_lifetime_seconds}, ${issuer.enabled})
          returning ${ISSUER_COLUMNS}`);
        if (!row) throw new Error('the new issuer was not returned');
        await recordAudit(tx, { action: 'issuer.create', targetId: row.id, targetName: row.name, after: row });
        return row;
      });
    } catch (error) {
      if (brokenConstraint(error) === 'trusted_issuer_name_key') throw new AppError('issuer_name_taken');
      throw error;
    }
  }
}
