import type { DestinationFormat } from '../destination-row';
import { encodeCef } from './cef';
import type { Encode } from './entry';
import { encodeJson } from './json';
import { encodeOcsf } from './ocsf';

export interface Encoding {
  /** Of a batch: entries separated by line breaks. */
  readonly contentType: string;
  readonly encode: Encode;
}

const NDJSON = 'application/x-ndjson';

export const ENCODINGS: Readonly<Record<DestinationFormat, Encoding>> = {
  json: { contentType: NDJSON, encode: encodeJson },
  cef: { contentType: 'text/plain; charset=utf-8', encode: encodeCef },
  ocsf: { contentType: NDJSON, encode: encodeOcsf },
};
