import { Injectable } from '@nestjs/common';
import { OrgDb, sql } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import type { RoleAssignment } from '../rbac/access';

export interface FoundSubject {
  /** Null until it was first given something. */
  readonly id: string | null;
  /** Of its own and of the teams. */
  readonly assignments: readonly RoleAssignment[];
}

/** Whom a token of an issuer speaks for, and what that one holds as a member of these teams. */
@Injectable()
export class FindSubject {
  constructor(private readonly db: OrgDb) {}

  async run(ctx: Ctx, issuerId: string, subject: string, teamIds: readonly string[]): Promise<FoundSubject> {
    const { orgId } = ctx;
    const row = await this.db.read(ctx, (tx) =>
      tx.row<FoundSubject>(sql`
        with subject as (
          select s.id from issuer_subject s
          where s.org_id = ${orgId} and s.issuer_id = ${issuerId} and s.subject = ${subject}
        )
        select (select id from subject) as id,
               coalesce((select jsonb_agg(jsonb_build_object('role_name', a.role_name,
                                                             'entity_type_name', a.entity_type_name,
                                                             'entity_id', a.entity_id))
                         from role_assignment a
                         where a.org_id = ${orgId}
                           and (a.team_id = any(${teamIds}::uuid[])
                                or a.issuer_subject_id = (select id from subject))), '[]') as assignments`),
    );
    return row ?? { id: null, assignments: [] };
  }
}
