import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { roomFor } from '@portolan/kernel';
import { LRUCache } from 'lru-cache';
import { Passport } from 'passport';
import { Strategy } from 'passport-jwt';
import { IssuerKeys } from './issuer-keys';
import type { IssuerKey } from './jwk';
import { bearerOf, isExpired, LEEWAY_SECONDS, readClaims, type Bearer, type JwtClaims } from './jwt-claims';
import { isTooLong, readJwt } from './jwt-text';

const REMEMBERED_MAX = 10_000;

/** Of Express, which is not here: passport asks nothing of a request that a strategy does not. */
type RequestHandler = (request: object, response: object, next: (error: unknown) => void) => void;

type Verified =
  | { readonly ok: true; readonly claims: JwtClaims }
  | {
      readonly ok: false;
      readonly reason: string;
      /** Whom the token speaks for, where its issuer signed that. */
      readonly bearer: Bearer | null;
    };

interface Remembered {
  readonly issuerUrl: string;
  readonly kid: string;
  readonly thumbprint: string;
  readonly claims: JwtClaims;
}

/** Whether a JWT is its issuer's and good at this time. Whether it is meant for us is for `policyProblem` to say. */
@Injectable()
export class VerifyJwt {
  // By the SHA-256 of the token: what memory holds is no credential.
  private readonly remembered = new LRUCache<string, Remembered>(roomFor(REMEMBERED_MAX));

  constructor(private readonly keys: IssuerKeys) {}

  /**
   * Signature and time; remembered by the token's SHA-256 until it expires or its key leaves the issuer's set.
   *
   * @param issuerUrl of a registered issuer, never merely what the token says
   * @throws nothing: a refusal is a reason, for the audit trail
   */
  async run(token: string, issuerUrl: string): Promise<Verified> {
    if (isTooLong(token)) return refuse('too long');
    const hash = createHash('sha256').update(token).digest('base64');
    const known = this.remembered.get(hash);
    const verified =
      known?.issuerUrl === issuerUrl ? await this.verifyAgain(known) : await this.verify(token, issuerUrl, hash);
    if (!verified.ok) this.remembered.delete(hash);
    return verified;
  }

  private async verifyAgain({ claims, issuerUrl, kid, thumbprint }: Remembered): Promise<Verified> {
    if (isExpired(claims, this.nowSeconds())) return refuse('expired', claims);
    const key = await this.keys.find(issuerUrl, kid);
    return key?.thumbprint === thumbprint ? { ok: true, claims } : refuse('signed with a former key of the issuer');
  }

  private async verify(token: string, issuerUrl: string, hash: string): Promise<Verified> {
    const jwt = readJwt(token);
    if (typeof jwt === 'string') return refuse(jwt);
    const key = await this.keys.find(issuerUrl, jwt.kid);
    if (key === null) return refuse('signed with no known key of the issuer');
    const problem = await this.signatureProblem(token, issuerUrl, key);
    if (problem !== null) return refuse(problem);
    const claims = readClaims(jwt.payload, this.nowSeconds());
    if (typeof claims === 'string') return refuse(claims, bearerOf(jwt.payload));
    const { kid, thumbprint } = key;
    this.remembered.set(hash, { issuerUrl, kid, thumbprint, claims });
    return { ok: true, claims };
  }

  /** Runs passport's strategy for nothing but a token: without a framework's request, session or user. */
  private signatureProblem(token: string, issuerUrl: string, key: IssuerKey): Promise<string | null> {
    // Its types call this deprecated, but there is no other way to name a time.
    const clock = { jsonWebTokenOptions: { clockTimestamp: this.nowSeconds(), clockTolerance: LEEWAY_SECONDS } };
    return new Promise((resolve) => {
      const strategy = new Strategy(
        {
          jwtFromRequest: () => token,
          secretOrKeyProvider: (_request, _token, done) => {
            done(null, key.pem);
          },
          algorithms: [...key.algorithms],
          issuer: issuerUrl,
          ignoreExpiration: true,
          ...clock,
        },
        (_claims, done) => {
          done(null, true);
        },
      );
      const answer = (error: unknown, user: unknown, info: unknown) => {
        const problem = error ?? info;
        resolve(user === true ? null : problem instanceof Error ? problem.message : 'not verifiable');
      };
      const authenticate = new Passport().authenticate(strategy, { session: false }, answer) as RequestHandler;
      authenticate({}, {}, (error) => {
        answer(error, false, null);
      });
    });
  }

  /** How long a token is good yet, in milliseconds. */
  remainingMs({ exp }: Pick<JwtClaims, 'exp'>): number {
    return (exp + LEEWAY_SECONDS) * 1_000 - this.keys.now();
  }

  private nowSeconds(): number {
    return Math.floor(this.keys.now() / 1_000);
  }
}

function refuse(reason: string, bearer: Bearer | null = null): Verified {
  return { ok: false, reason, bearer };
}
