import { invalidParameter } from '@portolan/kernel';
import { CronExpressionParser, type CronFieldCollection } from 'cron-parser';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const UNIT_MS: Readonly<Record<string, number>> = { m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };

const GAP_MIN_MS = 5 * MINUTE_MS;
const INTERVAL_MAX_MS = 30 * DAY_MS;
const JITTER_MAX_MS = 5 * MINUTE_MS;
const JITTER_SHARE = 0.1;
const HOURS_PER_DAY = 24;
const DAYS_OF_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

export const SCHEDULE_MAX = 100;

const INTERVAL = /^([1-9]\d{0,4})([mhd])$/;
// What every cron knows: the parser knows more, such as seconds and times that are drawn by lot.
const CRON_FIELD = '(?:[0-9*,/-]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat)+';
const CRON = new RegExp(`^${CRON_FIELD}(?: +${CRON_FIELD}){4}$`, 'i');

/** When a mirror looks at its upstream. */
export type Schedule =
  | { readonly kind: 'interval'; readonly intervalMs: number }
  /** Five fields, in UTC. */
  | { readonly kind: 'cron'; readonly expression: string };

/** @throws AppError invalid_parameters naming `schedule` */
export function parseSchedule(text: string): Schedule {
  const [, count, unit = ''] = INTERVAL.exec(text) ?? [];
  if (count !== undefined) return intervalOf(Number(count) * (UNIT_MS[unit] ?? 0));
  if (text.length > SCHEDULE_MAX || !CRON.test(text))
    throw invalid('invalid', 'schedule must be an interval such as 30m, 1h or 7d, or a cron expression of five fields');
  const schedule: Schedule = { kind: 'cron', expression: text };
  requireGaps(text);
  return schedule;
}

/**
 * The first time after `after`, and up to a tenth of the time to the next one later, at most five minutes: those who keep
 * the same hours do not all come at once.
 *
 * @param random from 0 to below 1
 */
export function nextRunAt(schedule: Schedule, after: Date, random: () => number): Date {
  const [next, gapMs] = nextOf(schedule, after);
  return new Date(next + Math.floor(random() * Math.min(gapMs * JITTER_SHARE, JITTER_MAX_MS)));
}

/** How long after `at` it is until the schedule comes round once more: the interval, or what stands for it. */
export function intervalMsOf(schedule: Schedule, at: Date): number {
  return nextOf(schedule, at)[1];
}

/** The next time, in ms since 1970, and how many ms are between that one and the one that follows. */
function nextOf(schedule: Schedule, after: Date): [nextMs: number, gapMs: number] {
  if (schedule.kind === 'interval') return [after.getTime() + schedule.intervalMs, schedule.intervalMs];
  const times = CronExpressionParser.parse(schedule.expression, { tz: 'UTC', currentDate: after });
  const next = times.next().getTime();
  return [next, times.next().getTime() - next];
}

function intervalOf(intervalMs: number): Schedule {
  if (intervalMs < GAP_MIN_MS) throw invalid('min', 'schedule must be at least 5m');
  if (intervalMs > INTERVAL_MAX_MS) throw invalid('max', 'schedule must be at most 30d');
  return { kind: 'interval', intervalMs };
}

/** An expression that never comes true is refused, too. */
function requireGaps(expression: string): void {
  const { minutes, hours } = timesOfDay(expression);
  const gaps = minutes.slice(1).map((minute, index) => minute - (minutes[index] ?? 0));
  const first = minutes[0] ?? 0;
  if (hours.some((hour) => hours.includes((hour + 1) % HOURS_PER_DAY))) gaps.push(first + 60 - (minutes.at(-1) ?? 0));
  if (gaps.some((gap) => gap * MINUTE_MS < GAP_MIN_MS))
    throw invalid('min', 'schedule must leave at least 5 minutes between any two times');
}

function timesOfDay(expression: string): { readonly minutes: number[]; readonly hours: number[] } {
  const fields = fieldsOf(expression);
  if (!fields || !comesTrue(fields)) throw invalid('invalid', 'schedule is not a cron expression that ever comes true');
  return { minutes: [...fields.minute.values], hours: [...fields.hour.values] };
}

function fieldsOf(expression: string): CronFieldCollection | null {
  try {
    return CronExpressionParser.parse(expression, { tz: 'UTC' }).fields;
  } catch {
    return null;
  }
}

/** False when none of the months has any of the days. The parser finds that out by half a second of search. */
function comesTrue({ dayOfMonth, month, dayOfWeek }: CronFieldCollection): boolean {
  const firstDay = Math.min(...dayOfMonth.values.map(Number));
  return !dayOfWeek.isWildcard || month.values.some((one) => firstDay <= (DAYS_OF_MONTH[one - 1] ?? 0));
}

function invalid(rule: string, reason: string): Error {
  return invalidParameter({ field: 'schedule', rule, reason, source: 'body' });
}
