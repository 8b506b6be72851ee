import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { roomFor } from '@portolan/kernel';
import { LRUCache } from 'lru-cache';
import type { Credential } from '../authentication/credential';
import { looksLikeJwt } from '../issuers/jwt-text';

export const SESSION_COOKIE = '__Host-portolan_session';

/** The credential of a request that is not part of its path, or null. The header that says most goes first. */
export function credentialOf(request: FastifyRequest): Credential | null {
  const { authorization, 'x-api-key': apiKey } = request.headers;
  if (authorization !== undefined) return classify(/^bearer +(\S+)$/i.exec(authorization)?.[1] ?? '');
  if (apiKey !== undefined) return classify([apiKey].flat().join(','));
  const session = request.cookies[SESSION_COOKIE];
  return session === undefined ? null : { kind: 'session', text: session };
}

function classify(text: string): Credential {
  if (text.startsWith('ptl_')) return { kind: 'access_token', text };
  return { kind: looksLikeJwt(text) ? 'jwt' : 'unknown', text };
}

export interface RegistryPath {
  readonly organization: string | undefined;
  readonly identifier: string;
  /** The secret of a capability URL, when the identifier carries one. */
  readonly secret: string | null;
}

/** How the path of a request names a registry, or null when its route names none. */
export function registryPathOf(request: FastifyRequest): RegistryPath | null {
  const { organization, registryIdentifier } = request.params as Readonly<Record<string, string | undefined>>;
  if (registryIdentifier === undefined) return null;
  const mark = registryIdentifier.indexOf('~');
  if (mark === -1) return { organization, identifier: registryIdentifier, secret: null };
  return {
    organization,
    identifier: registryIdentifier.slice(0, mark),
    secret: registryIdentifier.slice(mark + 1),
  };
}

/** What follows `~`, however often that was percent-encoded, and whatever has the form of a secret of ours. */
const SECRETS = /(?:~|%(?:25)*7e)[^/]*|ptl_[a-z]{3}_\w*/gi;

/** A part of a path without what may be a secret in it. */
export function withoutSecrets(text: string): string {
  return text.replace(SECRETS, '');
}

/** The path of a URL, without its query, and with a `~` where it may have held a secret. */
export function pathWithoutSecrets(url: string): string {
  return (url.split('?')[0] ?? '').replace(SECRETS, '~');
}

// Of a caller who has hung up: nobody reads the answer, but the request is still on its way through.
const UNKNOWN_ADDRESS = '0.0.0.0';

/** Where a request comes from; a proxy that forwards no address for it counts as where. */
export function addressOf(request: FastifyRequest): string {
  return readAddress(request.ip) ?? readAddress(request.socket.remoteAddress) ?? UNKNOWN_ADDRESS;
}

// Reading one costs more than all that a request in memory needs besides.
const addresses = new LRUCache<string, string>(roomFor(10_000));

/** Undefined for what is no address. */
function readAddress(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const known = addresses.get(text);
  if (known !== undefined) return known;
  const address = plainAddress(text);
  if (isIP(address) === 0) return undefined;
  addresses.set(text, address);
  return address;
}

/** Without a port, which some proxies put behind it, or a zone, which names an interface and is no part of it. */
function plainAddress(text: string): string {
  const [, bracketed, ipv4] = /^(?:\[([^\]]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)$/.exec(text) ?? [];
  return (bracketed ?? ipv4 ?? text).replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}
