import { Injectable, Logger } from '@nestjs/common';
import { AuditBuffer, AuditPolicy, type AuditChoices, type AuditEvent } from '@portolan/audit';
import type { Ctx } from '@portolan/kernel';
import type { FastifyRequest } from 'fastify';
import type { Credential } from '../authentication/credential';
import { pathWithoutSecrets } from './credentials';

const REFUSALS: Readonly<Record<Credential['kind'], AuditEvent['action']>> = {
  access_token: 'token.refuse',
  jwt: 'jwt.refuse',
  session: 'session.refuse',
  capability_url: 'capability_url.refuse',
  unknown: 'token.refuse',
};

/** What was decided about requests, for the audit trail. */
@Injectable()
export class DecisionTrail {
  private readonly logger = new Logger(DecisionTrail.name);

  constructor(
    private readonly buffer: AuditBuffer,
    private readonly policy: AuditPolicy,
  ) {}

  /** What an organization wants written down, as far as that is known without asking. */
  choicesOf(orgId: string): AuditChoices | undefined {
    return this.policy.known(orgId);
  }

  /** A credential that was not taken. */
  refused(ctx: Ctx, kind: Credential['kind'], reason: string): Promise<void> {
    const { id, tokenId } = ctx.principal;
    // A subject is not the issuer that vouches for it.
    const targetId = kind === 'jwt' ? null : (tokenId ?? id);
    return this.buffer.mustRecord(ctx, {
      action: REFUSALS[kind],
      result: 'denied',
      reason,
      ...(targetId === null ? {} : { targetId }),
    });
  }

  /** @param registryId of a registry of the same organization */
  denied(ctx: Ctx, request: FastifyRequest, reason: string, registryId: string | undefined): Promise<void> {
    return this.buffer.mustRecord(ctx, {
      action: 'permission.deny',
      result: 'denied',
      reason,
      ...routeOf(request, registryId),
    });
  }

  /** Nobody waits for it: what was allowed is to be answered. It takes no place that a denial could need. */
  async granted(ctx: Ctx, request: FastifyRequest, reason: string, registryId: string | undefined): Promise<void> {
    this.noteGrant(await this.policy.of(ctx.orgId), ctx, request, reason, registryId);
  }

  /** A read that was answered. */
  async read(ctx: Ctx, request: FastifyRequest, registryId: string): Promise<void> {
    try {
      this.noteRead(await this.policy.of(ctx.orgId), ctx, request, registryId);
    } catch (error) {
      this.logger.warn(`read not sampled: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** A grant, under choices that are at hand. */
  noteGrant(
    { logGrants }: AuditChoices,
    ctx: Ctx,
    request: FastifyRequest,
    reason: string,
    registryId: string | undefined,
  ): void {
    if (logGrants) this.buffer.mayRecord(ctx, { action: 'permission.grant', reason, ...routeOf(request, registryId) });
  }

  /** A read that was answered, under choices that are at hand. */
  noteRead({ accessSamplePercent }: AuditChoices, ctx: Ctx, request: FastifyRequest, registryId: string): void {
    if (Math.random() * 100 < accessSamplePercent)
      this.buffer.mayRecord(ctx, { action: 'registry.read', ...routeOf(request, registryId) });
  }
}

function routeOf(request: FastifyRequest, registryId: string | undefined) {
  return {
    targetName: `${request.method} ${pathWithoutSecrets(request.url)}`,
    ...(registryId === undefined ? {} : { registryId }),
  };
}
