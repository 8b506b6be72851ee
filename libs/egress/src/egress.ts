import { lookup as systemLookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { AppError } from '@portolan/kernel';
import { Agent, buildConnector } from 'undici';
import { AddressRules } from './address-rules';
import { codeOf, EgressFailure } from './failure-kind';
import { ACCEPTED_ENCODINGS, readBody } from './read-body';

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 1024 * 1024;
const PUBLIC_PORTS = ['', '443', '8443'];

export interface EgressRequest {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** For the whole of it, from the name's resolution to the last byte. */
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
  /** False takes any certificate, also one that somebody in between has made. True unless said otherwise. */
  readonly verifyTls?: boolean;
}

export interface EgressResponse {
  /** A redirect is an answer like any other. */
  readonly status: number;
  /** By lowercase name; repeated ones joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body, decompressed. */
  readonly bytes: Buffer;
  /** The body as UTF-8, made whenever it is asked for: as text it takes up to twice the room. */
  readonly text: string;
}

interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

type Lookup = (hostname: string) => Promise<readonly ResolvedAddress[]>;

/**
 * The only way to addresses that a user names. Whatever a name resolves to is judged when it is dialled, and what was
 * judged is what is dialled: a check before that would be one that a second resolution gets around.
 */
export class Egress {
  private readonly rules: AddressRules;
  private readonly lookup: Lookup;
  // Made when they are needed, for few processes send anything. Connections that were opened without a look at the
  // certificate serve nobody who wants that look.
  private readonly agents = new Map<boolean, Agent>();

  /** @param allow CIDR ranges that are not public and may be reached all the same, also over http and on any port */
  constructor({ allow }: { readonly allow: readonly string[] }, { lookup }: { readonly lookup?: Lookup } = {}) {
    this.rules = new AddressRules(allow);
    this.lookup = lookup ?? ((hostname) => systemLookup(hostname, { all: true }));
  }

  /**
   * Judges what the URL itself tells, for the time when it is configured; names are resolved by nobody yet.
   *
   * @throws AppError forbidden_address
   */
  check(url: string | URL): URL {
    const target = URL.canParse(String(url)) ? new URL(url) : null;
    if (target === null || target.username !== '' || target.password !== '') throw new AppError('forbidden_address');
    const host = target.hostname.replace(/^\[|\]$/g, '');
    const mayBe = isIP(host) === 0 ? this.rules.allowsSome || isPublicPlace(target) : this.rules.isAllowed(host);
    if (!mayBe || !['http:', 'https:'].includes(target.protocol)) throw new AppError('forbidden_address');
    return target;
  }

  /**
   * Sends one request: no redirect is followed, no proxy used, and nothing sent to where it may not go.
   *
   * @throws AppError forbidden_address before any packet; upstream_unreachable, which tells nothing but its cause;
   * `failureKind` tells the kinds apart
   */
  async fetch(url: string | URL, request: EgressRequest = {}): Promise<EgressResponse> {
    const target = this.check(url);
    const deadline = new AbortController();
    // Not AbortSignal.timeout: whatever waits for that, here for the answer too, is kept until it is over.
    const timer = setTimeout(() => {
      deadline.abort(new EgressFailure('too_slow', 'the answer took too long'));
    }, request.timeoutMs ?? TIMEOUT_MS);
    try {
      return await Promise.race([this.send(target, request, deadline.signal), failAt(deadline.signal)]);
    } catch (error) {
      if (error instanceof AppError) throw error;
      throw new AppError('upstream_unreachable', { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  private async send(target: URL, request: EgressRequest, signal: AbortSignal): Promise<EgressResponse> {
    const answer = await this.agentFor(request.verifyTls !== false).request({
      origin: target.origin,
      path: `${target.pathname}${target.search}`,
      method: request.method ?? 'GET',
      headers: { 'user-agent': 'portolan', 'accept-encoding': ACCEPTED_ENCODINGS, ...request.headers },
      body: request.body ?? null,
      signal,
    });
    const headers = Object.fromEntries(
      Object.entries(answer.headers).map(([name, value]) => [name, [value ?? []].flat().join(', ')]),
    );
    const bytes = await readBody(answer.body, headers['content-encoding'] ?? '', request.maxBytes ?? MAX_BYTES);
    return {
      status: answer.statusCode,
      headers,
      bytes,
      get text() {
        return bytes.toString('utf8');
      },
    };
  }

  private agentFor(verifyTls: boolean): Agent {
    const known = this.agents.get(verifyTls);
    if (known) return known;
    const agent = new Agent({ connect: this.dialer(verifyTls) });
    this.agents.set(verifyTls, agent);
    return agent;
  }

  // Dialling happens anew for each connection, so each is judged.
  private dialer(verifyTls: boolean): buildConnector.connector {
    return (options, callback) => {
      this.vet(options).then(
        (addresses) => {
          const lookup: LookupFunction = (_hostname, { all }, done) => {
            const [first] = addresses;
            if (all === true) done(null, [...addresses]);
            else done(null, first?.address ?? '', first?.family);
          };
          const connect = buildConnector({
            lookup,
            autoSelectFamily: true,
            timeout: TIMEOUT_MS,
            rejectUnauthorized: verifyTls,
          });
          connect(options, (...[error, socket]) => {
            if (error === null) callback(null, socket);
            else callback(options.protocol === 'https:' ? asTlsFailure(error) : error, null);
          });
        },
        (error: unknown) => {
          callback(error instanceof Error ? error : new Error(String(error)), null);
        },
      );
    };
  }

  private async vet(place: buildConnector.Options): Promise<readonly ResolvedAddress[]> {
    const literal = isIP(place.hostname);
    const found = literal === 0 ? await this.resolve(place.hostname) : [{ address: place.hostname, family: literal }];
    if (found.every(({ address }) => this.rules.isAllowed(address))) return found;
    const mayBe = found.every(({ address }) => this.rules.isPublic(address) || this.rules.isAllowed(address));
    if (literal !== 0 || !mayBe || !isPublicPlace(place)) throw new AppError('forbidden_address');
    return found;
  }

  private async resolve(hostname: string): Promise<readonly ResolvedAddress[]> {
    const found = await this.lookup(hostname).catch((error: unknown) => {
      throw new EgressFailure('unresolved', 'the name does not resolve', error);
    });
    if (found.length === 0) throw new EgressFailure('unresolved', 'the name resolves to nothing');
    return found;
  }
}

function isPublicPlace({ protocol, port }: { readonly protocol: string; readonly port: string }): boolean {
  return protocol === 'https:' && PUBLIC_PORTS.includes(port);
}

/** What goes wrong after the network has done its part is the handshake's. */
function asTlsFailure(error: Error): Error {
  const isNetworks =
    ('syscall' in error && error.syscall === 'connect') ||
    // One for each address that was tried.
    'errors' in error ||
    codeOf(error) === 'UND_ERR_CONNECT_TIMEOUT';
  return isNetworks ? error : new EgressFailure('tls', 'no TLS connection that can be trusted', error);
}

function failAt(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => {
      reject(signal.reason as EgressFailure);
    };
    signal.addEventListener('abort', fail, { once: true });
  });
}
