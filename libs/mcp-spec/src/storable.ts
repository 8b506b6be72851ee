import { goTrimmed, runeCount } from './go-text';
import { PUBLISHER_META_KEY, VERSION_MAX_LENGTH, type ServerJson } from './server-json';

/** Limit of the publisher's own block of `_meta`, in bytes of compact JSON as Go writes it. Inclusive. */
export const PUBLISHER_PROVIDED_MAX_BYTES = 4096;

const GO_ESCAPE_BYTES = 6;
const escapedByGo = new Set(['<', '>', '&', '\u2028', '\u2029']);

function utf8Bytes(character: string): number {
  const codePoint = character.codePointAt(0) ?? 0;
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}

/** Bytes of the publisher's own block as compact JSON in UTF-8, where `<`, `>`, `&`, U+2028 and U+2029 count six each. 0 when absent. */
export function publisherProvidedBytes(document: ServerJson): number {
  const provided = document._meta?.[PUBLISHER_META_KEY];
  if (provided === undefined) return 0;
  let bytes = 0;
  for (const character of JSON.stringify(provided)) {
    bytes += escapedByGo.has(character) ? GO_ESCAPE_BYTES : utf8Bytes(character);
  }
  return bytes;
}

interface StorableRule {
  faultOf(document: ServerJson): string | undefined;
}

const storableRules: readonly StorableRule[] = [
  {
    faultOf: ({ name, version }) =>
      name === '' || version === '' ? 'server name and version are required' : undefined,
  },
  {
    faultOf: ({ version }) => (goTrimmed(version) === '' ? 'server version cannot be only whitespace' : undefined),
  },
  {
    faultOf: ({ version }) =>
      runeCount(version) > VERSION_MAX_LENGTH
        ? `server version cannot be longer than ${VERSION_MAX_LENGTH} characters`
        : undefined,
  },
  {
    faultOf(document) {
      const bytes = publisherProvidedBytes(document);
      if (bytes <= PUBLISHER_PROVIDED_MAX_BYTES) return undefined;
      return `_meta.${PUBLISHER_META_KEY} extension exceeds 4KB limit (${bytes} bytes)`;
    },
  },
];

/** The reason for which a document cannot become a new version although its rules hold (400 at publish), or null. */
export function checkStorable(document: ServerJson): string | null {
  for (const rule of storableRules) {
    const fault = rule.faultOf(document);
    if (fault !== undefined) return fault;
  }
  return null;
}

/** Distinct addresses of the remotes, templates unexpanded: what has to be unique among the names of a registry. */
export function remoteUrls(document: ServerJson): string[] {
  return [...new Set((document.remotes ?? []).flatMap(({ url }) => (url === undefined ? [] : [url])))];
}
