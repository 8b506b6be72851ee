import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Injectable } from '@nestjs/common';
import { Egress, parseRetryAfter } from '@portolan/egress';
import { AppError } from '@portolan/kernel';
import { SecretBox } from '@portolan/vault';
import { authorizationContext, type DestinationFormat } from './destination-row';
import { ENCODINGS } from './formats/encodings';

const TIMEOUT_MS = 10_000;

const compress = promisify(gzip);

export interface Addressee {
  readonly id: string;
  readonly endpoint: string;
  readonly authorization_sealed: string | null;
  readonly format: DestinationFormat;
}

export interface Shipment {
  readonly orgId: string;
  /** Encoded entries, at least one. */
  readonly lines: readonly string[];
  readonly replayId: string | null;
}

export interface SendResult {
  /** True when the other side took the batch. */
  readonly ok: boolean;
  /** HTTP status; null when there was no answer. */
  readonly code: number | null;
  /** Our own words: what the other side says, or how it could not be reached, would tell of networks that are not the caller's. */
  readonly message: string;
  /** What the other side asks for. */
  readonly retryAfterMs: number | null;
}

/** Posts batches to destinations. */
@Injectable()
export class DestinationSender {
  constructor(
    private readonly egress: Egress,
    private readonly secretBox: SecretBox,
  ) {}

  /** Never throws for what the other side does. */
  async send(addressee: Addressee, { orgId, lines, replayId }: Shipment): Promise<SendResult> {
    const authorization = this.authorizationOf(addressee);
    if (authorization === undefined)
      return failed(null, 'The stored authorization cannot be decrypted any more; set it again');
    const text = `${lines.join('\n')}\n`;
    try {
      const { status, headers } = await this.egress.fetch(addressee.endpoint, {
        method: 'POST',
        timeoutMs: TIMEOUT_MS,
        headers: {
          'Content-Type': ENCODINGS[addressee.format].contentType,
          'Content-Encoding': 'gzip',
          // Written as egress writes its own, which this replaces.
          'accept-encoding': 'identity',
          // The same for the same entries: a batch that comes again is known by it.
          'X-Portolan-Batch-Id': createHash('sha256').update(text).digest('hex').slice(0, 32),
          'X-Portolan-Organization': orgId,
          'X-Portolan-Destination': addressee.id,
          'X-Portolan-Format': addressee.format,
          'X-Portolan-Entries': String(lines.length),
          ...(replayId === null ? {} : { 'X-Portolan-Replay': replayId }),
          ...(authorization === null ? {} : { Authorization: authorization }),
        },
        body: await compress(text),
      });
      if (status >= 200 && status < 300) return { ok: true, code: status, message: 'Delivered', retryAfterMs: null };
      return failed(status, refusalOf(status), parseRetryAfter(headers['retry-after'], Date.now()));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return failed(null, 'The endpoint could not be reached, did not answer in time, or may not be reached');
    }
  }

  /** Undefined when it cannot be opened. */
  private authorizationOf({ id, authorization_sealed: sealed }: Addressee): string | null | undefined {
    if (sealed === null) return null;
    try {
      return this.secretBox.open(sealed, authorizationContext(id));
    } catch {
      return undefined;
    }
  }
}

function failed(code: number | null, message: string, retryAfterMs: number | null = null): SendResult {
  return { ok: false, code, message, retryAfterMs };
}

function refusalOf(status: number): string {
  if (status >= 300 && status < 400) return 'The endpoint answered with a redirect, which is not followed';
  if (status === 401 || status === 403) return 'The endpoint did not accept the authorization';
  if (status === 413) return 'The endpoint takes no batch of this size; smaller ones are tried';
  if (status === 429) return 'The endpoint asks for fewer requests';
  return status >= 500 ? 'The endpoint answered that it failed' : 'The endpoint refused the batch';
}
