// A registry of any size whose versions are made by the database: which ones it holds is known from their numbers alone.

const WORDS =
  'agent archive billing calendar chart cloud code context data deploy docs email finance graph image index invoice issue key language log maps memory metric model news note order pdf photo price query report review route sales schema search secret sheet sync task test ticket time travel video weather web wiki'.split(
    ' ',
  );
/** In the order of their publication; the last one is the latest. */
export const VERSIONS = ['0.9.0', '1.0.0', '1.1.0', '1.10.0'];
// Co-prime to the number of words, so that names which follow each other in time do not in the list.
const STEPS = [7, 13];

/** @param {number} server its number */
export function ownerOf(server) {
  return `${wordOf(server, 0)}${server}`;
}

/** @param {number} server its number */
export function nameOf(server) {
  return `io.github.${ownerOf(server)}/${wordOf(server, 1)}-mcp`;
}

/**
 * @param {number} server
 * @param {number} place
 */
function wordOf(server, place) {
  return WORDS[(server * (STEPS[place] ?? 1)) % WORDS.length] ?? '';
}

/** A text that every name holds. */
export const EVERYWHERE = 'io.github';

/** A text that one name of 24 holds. */
export const COMMON = 'weather';

/**
 * A text that no name holds although many hold its parts: the owner of another number.
 * @param {number} server
 */
export function missingOf(server) {
  return `${server}/${wordOf(server + 1, 1)}-mcp`;
}

/**
 * @param {number} from version number
 * @param {number} to the first one that is not meant; both are multiples of the versions of a server
 * @returns {{ select: string, values: unknown[] }} rows for Filler.stageSelect
 */
export function manyVersions(from, to) {
  if (from % VERSIONS.length !== 0 || to % VERSIONS.length !== 0)
    throw new Error(`${from} to ${to}: only whole servers`);
  const word = (/** @type {number} */ place) => `($3::text[])[1 + (server * ${STEPS[place] ?? 1}) % ${WORDS.length}]`;
  const body = `
    '{"$schema":"https://static.modelcontextprotocol.io/schemas/2025-10-17/server.schema.json","name":"' || name ||
    '","description":"Ask for the ' || two || ' of each ' || one || ' by its number","repository":{"url":"https://github.com/' ||
    owner || '/' || two || '-mcp","source":"github"},"version":"' || version ||
    '","packages":[{"registryType":"npm","identifier":"@' || owner || '/' || two || '-mcp","version":"' || version ||
    '","runtimeHint":"npx","transport":{"type":"stdio"},"environmentVariables":[{"description":"The key with which ' || owner ||
    ' lets you in","isRequired":true,"format":"string","isSecret":true,"name":"' || upper(one) || '_KEY"}]}]}'`;
  const select = `
    select name, version, ${body} as body, at as published_at,
           case when place = ${VERSIONS.length} then at else at + interval '10 seconds' end as updated_at,
           place = ${VERSIONS.length} as is_latest
    from (
      select n.*, v.version, v.place::integer as place,
             timestamptz '2025-01-01T00:00:00Z' + server * interval '1 minute 1 microsecond' + v.place * interval '10 seconds' as at
      from (
        select server, one, two, one || server as owner, 'io.github.' || one || server || '/' || two || '-mcp' as name
        from (select server, ${word(0)} as one, ${word(1)} as two
              from generate_series($1::bigint / ${VERSIONS.length}, $2::bigint / ${VERSIONS.length} - 1) as server) w) n
      cross join unnest($4::text[]) with ordinality as v(version, place)) all_of_them
    order by server, place`;
  return { select, values: [from, to, WORDS, VERSIONS] };
}
