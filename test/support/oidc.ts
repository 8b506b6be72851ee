import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { call } from './http';

/** Claims of somebody's ID tokens; `sub` is who he is. */
export interface OidcAccount {
  readonly sub: string;
  readonly email?: string;
  readonly email_verified?: unknown;
  readonly name?: string;
  readonly groups?: unknown;
  readonly [claim: string]: unknown;
}

/** What a JWT access token of the provider says. */
export interface OidcTokenRequest {
  readonly sub: string;
  readonly aud: string;
  /** Separated by spaces. */
  readonly scope?: string;
  readonly groups?: readonly string[];
  readonly [claim: string]: unknown;
}

export interface OidcProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Makes or changes an account and puts its owner at the browser: the next logins are his. */
  setAccount(account: OidcAccount): Promise<void>;
  /** Whoever is at the browser declines from now on. */
  decline(): Promise<void>;
  /**
   * Puts these over claims and header of the ID tokens from now on, rightly signed unless a signature is given; null takes
   * a claim away.
   */
  tamper(change: {
    readonly claims?: Readonly<Record<string, unknown>>;
    readonly header?: Readonly<Record<string, unknown>>;
    readonly signature?: string;
  }): Promise<void>;
  /** A JWT access token as the provider itself makes them; lives 10 minutes. */
  token(request: OidcTokenRequest): Promise<string>;
  /** A JWT of any content, signed by the provider's key: what a broken or hostile issuer could send. */
  sign(claims: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>): Promise<string>;
  close(): Promise<void>;
}

/** Runs an OpenID provider on this machine as a process of its own. */
export async function startOidcProvider(): Promise<OidcProvider> {
  const clientId = 'portolan';
  const clientSecret = `secret-${randomBytes(16).toString('hex')}`;
  const child = spawn(process.execPath, [join(__dirname, 'oidc-provider.mjs'), clientId, clientSecret], {
    env: { ...process.env, NODE_OPTIONS: '', NODE_NO_WARNINGS: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    ended.then(([code]) => Promise.reject(new Error(`the provider ended with ${String(code)}`))),
  ])) as [string];
  const { issuer } = JSON.parse(line) as { issuer: string };
  const control = async (what: string, body: unknown = {}): Promise<string> => {
    const answer = await call(issuer, 'POST', `/control/${what}`, { body });
    if (answer.status !== 200) throw new Error(`/control/${what} answered ${answer.status}: ${answer.text}`);
    return answer.json<{ answer: string }>().answer;
  };
  return {
    issuer,
    clientId,
    clientSecret,
    setAccount: async (account) => {
      await control('account', account);
    },
    decline: async () => {
      await control('nobody');
    },
    tamper: async (change) => {
      await control('tamper', change);
    },
    token: (request) => control('token', request),
    sign: (claims, header = {}) => control('sign', { claims, header }),
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
