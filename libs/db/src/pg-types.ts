import { types, type CustomTypesConfig } from 'pg';

/**
 * How values of transactions are read: a timestamptz as RFC 3339 in UTC with six fraction digits, as rfc3339() in the database writes it;
 * a Date would lose three of them.
 * Its text is PostgreSQL's own, in the style and time zone that SPEAKING sets.
 */
export const TYPES: CustomTypesConfig = {
  getTypeParser: (oid, format): ((value: string) => unknown) =>
    oid === types.builtins.TIMESTAMPTZ && format !== 'binary'
      ? rfc3339
      : (types.getTypeParser(oid, format) as (value: string) => unknown),
};

/** Settings under which values come as TYPES reads them. */
export const SPEAKING = { DateStyle: 'ISO', TimeZone: 'UTC' } as const;

const WHOLE_LENGTH = 'hh:mm:ss'.length;
const SHAPE = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?\+00$/;

function rfc3339(text: string): string {
  if (!SHAPE.test(text)) throw new Error(`no time of this calendar: ${text}`);
  const seconds = text.slice(11, -3);
  const fraction = seconds.length === WHOLE_LENGTH ? '.' : '';
  return `${text.slice(0, 10)}T${`${seconds}${fraction}`.padEnd(WHOLE_LENGTH + 7, '0')}Z`;
}
