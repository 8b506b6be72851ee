import type { AppError } from '@portolan/kernel';
import { intervalMsOf, nextRunAt, parseSchedule } from './schedule';

const MINUTE_MS = 60_000;
const NEVER_LATE = () => 0;
const ALWAYS_LATE = () => 0.999999;

function refusalOf(text: string): unknown {
  try {
    parseSchedule(text);
  } catch (error) {
    return (error as AppError).invalidParameters[0];
  }
  return null;
}

describe('A schedule', () => {
  it.each([
    ['5m', 5],
    ['90m', 90],
    ['1h', 60],
    ['36h', 36 * 60],
    ['30d', 30 * 24 * 60],
    ['43200m', 30 * 24 * 60],
  ])('%s is an interval of %d minutes', (text, minutes) => {
    expect(parseSchedule(text)).toEqual({ kind: 'interval', intervalMs: minutes * MINUTE_MS });
  });

  it.each([
    '*/5 * * * *',
    '0 3 * * *',
    '0 3 * * 7',
    '30 6,18 * * MON-FRI',
    '0 0 1 jan *',
    '15-45/15 */2 * * *',
    '0 0 29 2 *',
    '0,58 1,3 * * *',
  ])('%s is a cron expression', (text) => {
    expect(parseSchedule(text)).toEqual({ kind: 'cron', expression: text });
  });

  it.each([
    ['4m', 'min'],
    ['31d', 'max'],
    ['43201m', 'max'],
    ['99999d', 'max'],
    ['* * * * *', 'min'],
    ['*/4 * * * *', 'min'],
    // 56 is followed by 0.
    ['*/7 * * * *', 'min'],
    ['0,4 3 * * *', 'min'],
    ['0,58 1,2 * * *', 'min'],
    ['0,58 0,23 * * *', 'min'],
    ['', 'invalid'],
    ['0m', 'invalid'],
    ['05m', 'invalid'],
    ['1.5h', 'invalid'],
    ['1w', 'invalid'],
    ['1h ', 'invalid'],
    ['hourly', 'invalid'],
    ['@daily', 'invalid'],
    ['0 3 * *', 'invalid'],
    ['0 0 3 * * *', 'invalid'],
    ['H 3 * * *', 'invalid'],
    ['0 3 L * *', 'invalid'],
    ['0 3 * * 1#2', 'invalid'],
    ['60 3 * * *', 'invalid'],
    ['0 24 * * *', 'invalid'],
    ['*/0 * * * *', 'invalid'],
    ['0 3 30 2 *', 'invalid'],
    ['0 3 31 4,6 *', 'invalid'],
    [`0 3 * * ${'1,'.repeat(100)}1`, 'invalid'],
  ])('%p is refused: %s', (text, rule) => {
    expect(refusalOf(text)).toEqual(expect.objectContaining({ field: 'schedule', rule, source: 'body' }));
  });

  it.each([
    ['1h', '2026-03-01T10:20:30.000Z', '2026-03-01T11:20:30.000Z'],
    ['0 3 * * *', '2026-03-01T02:59:59.000Z', '2026-03-01T03:00:00.000Z'],
    ['0 3 * * *', '2026-03-01T03:00:00.000Z', '2026-03-02T03:00:00.000Z'],
    ['0 0 29 2 *', '2026-03-01T00:00:00.000Z', '2028-02-29T00:00:00.000Z'],
    // A day with 23 hours where summer time begins has 24 in UTC.
    ['30 2 * * *', '2026-03-29T00:00:00.000Z', '2026-03-29T02:30:00.000Z'],
  ])('%s after %s is %s', (text, after, next) => {
    expect(nextRunAt(parseSchedule(text), new Date(after), NEVER_LATE).toISOString()).toBe(next);
  });

  it.each([
    // A tenth of the interval.
    ['5m', 30_000],
    ['10m', 60_000],
    ['*/5 * * * *', 30_000],
    // At most five minutes.
    ['1h', 5 * MINUTE_MS],
    ['30d', 5 * MINUTE_MS],
    ['0 3 * * *', 5 * MINUTE_MS],
  ])('%s is up to %d ms late', (text, latestMs) => {
    const schedule = parseSchedule(text);
    const after = new Date('2026-03-01T10:00:00.000Z');
    const [first, last] = [NEVER_LATE, ALWAYS_LATE].map((random) => nextRunAt(schedule, after, random).getTime());
    const late = (last ?? 0) - (first ?? 0);
    expect(late).toBeLessThan(latestMs);
    expect(late).toBeGreaterThan(latestMs * 0.99);
  });

  it.each([
    ['2h', 120],
    ['*/15 * * * *', 15],
    ['0 3 * * *', 24 * 60],
  ])('%s comes round every %d minutes', (text, minutes) => {
    expect(intervalMsOf(parseSchedule(text), new Date('2026-03-01T10:00:00.000Z'))).toBe(minutes * MINUTE_MS);
  });
});
