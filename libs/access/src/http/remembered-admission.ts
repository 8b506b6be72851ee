import { Injectable } from '@nestjs/common';
import type { AuditChoices } from '@portolan/audit';
import { ANONYMOUS, type Ctx } from '@portolan/kernel';
import type { FastifyRequest } from 'fastify';
import { Authenticate } from '../authentication/authenticate.query';
import type { Credential } from '../authentication/credential';
import type { SignedIn } from '../authentication/signed-in';
import { decide } from '../decide';
import { FindRegistry, type FoundRegistry } from '../find-registry.query';
import { Limits } from '../limits/limits.service';
import type { Permission } from '../rbac/permissions';
import { markCounted } from './counted';
import { addressOf, credentialOf, registryPathOf, type RegistryPath } from './credentials';
import { DecisionTrail } from './decision-trail';
import { limitClassOf } from './limit-class';
import { contextOf, principalOf } from './request-context';

/** Whom the guard would let in, as far as that is known without asking the database. */
export interface Admitted {
  readonly registry: FoundRegistry;
  readonly signedIn: SignedIn | null;
  readonly address: string;
  readonly permission: Permission;
  readonly choices: AuditChoices;
}

type Shown = Pick<Admitted, 'signedIn' | 'registry'>;

/**
 * The guard's decision for reads of a registry, from what was found out a short while ago and still holds. It only ever lets
 * in: whoever is not known here goes to the guard.
 */
@Injectable()
export class RememberedAdmission {
  constructor(
    private readonly authenticate: Authenticate,
    private readonly findRegistry: FindRegistry,
    private readonly limits: Limits,
    private readonly trail: DecisionTrail,
  ) {}

  find(request: FastifyRequest, permission: Permission): Admitted | null {
    const path = registryPathOf(request);
    if (path === null) return null;
    const address = addressOf(request);
    const shown = path.secret === null ? this.show(request, path, address) : this.open(path, path.secret, address);
    if (shown === null) return null;
    const { signedIn, registry } = shown;
    const decision = decide(signedIn, permission, registry);
    const choices = this.trail.choicesOf(registry.org_id);
    if (choices === undefined || (decision !== 'allow' && decision !== 'allow-as-public')) return null;
    return { signedIn, registry, address, permission, choices };
  }

  /** Counts the request. False where it has to be refused. */
  take(request: FastifyRequest, { signedIn, address }: Admitted): boolean | Promise<boolean> {
    const limitClass = limitClassOf(request);
    const isTaken = this.limits.takeRequestNow(limitClass, signedIn, address);
    if (isTaken !== null) return isTaken;
    return this.limits.takeRequest(limitClass, signedIn, address).then(
      () => true,
      () => false,
    );
  }

  /** For a request that was counted and goes to the guard nevertheless. */
  passTaken(request: FastifyRequest): void {
    markCounted(request);
  }

  contextOf(request: FastifyRequest, { registry, signedIn }: Admitted): Ctx {
    return contextOf(request, registry.org_id, principalOf(signedIn, registry));
  }

  /** Writes down what the guard would, of a request that is answered. */
  note(request: FastifyRequest, admitted: Admitted): void {
    const { registry, permission, choices } = admitted;
    if (!choices.logGrants && choices.accessSamplePercent === 0) return;
    const ctx = this.contextOf(request, admitted);
    if (ctx.principal !== ANONYMOUS) this.trail.noteGrant(choices, ctx, request, permission, registry.id);
    this.trail.noteRead(choices, ctx, request, registry.id);
  }

  private open({ organization, identifier }: RegistryPath, secret: string, address: string): Shown | null {
    const signedIn = this.authenticate.rememberedUrl(secret, { organization, identifier }, address);
    return signedIn ? { signedIn, registry: signedIn.registry } : null;
  }

  private show(request: FastifyRequest, path: RegistryPath, address: string): Shown | null {
    const { authorization, 'x-api-key': apiKey, cookie } = request.headers;
    const isBare = authorization === undefined && apiKey === undefined;
    // Cookies are not taken apart yet.
    if (isBare && cookie !== undefined) return null;
    const credential = isBare ? null : credentialOf(request);
    const signedIn = credential === null ? null : this.signedInBy(credential, path, address);
    if (signedIn === undefined) return null;
    const registry = this.registryOf(path, signedIn);
    return registry ? { signedIn, registry } : null;
  }

  /** Undefined when that has to be found out; null for what is no credential of ours, and so does neither good nor harm. */
  private signedInBy(credential: Credential, path: RegistryPath, address: string): SignedIn | null | undefined {
    if (credential.kind === 'unknown') return null;
    const registry = credential.kind === 'jwt' ? this.registryOf(path, null) : undefined;
    const place = { organization: path.organization ?? null, registry: registry ?? null };
    return this.authenticate.remembered(credential, { address, ...place });
  }

  private registryOf({ organization, identifier }: RegistryPath, signedIn: SignedIn | null): FoundRegistry | undefined {
    return organization === undefined
      ? this.findRegistry.rememberedByIdentifier(signedIn, identifier)
      : this.findRegistry.rememberedByNames(organization, identifier);
  }
}
