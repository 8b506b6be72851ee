import { invalidParameter, isStorableText, type InvalidParameter } from '@portolan/kernel';
import type { NewMirror } from '../../mirrors/create-mirror.service';
import { STATUSES, TRANSPORTS, type MirrorSettings } from '../../mirrors/mirror-row';
import { parseSchedule } from '../../mirrors/schedule';
import type { MirrorChange } from '../../mirrors/update-mirror.service';
import {
  MAX_REMOVED_PERCENT_DEFAULT,
  PATTERN_LENGTH_MAX,
  PATTERNS_MAX,
  REGISTRY_TYPES_MAX,
  SCHEDULE_DEFAULT,
  type CreateMirrorDto,
  type UpdateMirrorDto,
} from './mirror.dto';

// The protocol knows npm, pypi, oci, nuget and mcpb by now.
const REGISTRY_TYPE = /^[a-z0-9][a-z0-9._-]{0,49}$/;

type Lists = Pick<MirrorSettings, 'include' | 'exclude' | 'registry_types' | 'transports' | 'statuses'>;

/** @throws AppError invalid_parameters */
export function newMirrorOf(body: CreateMirrorDto): NewMirror {
  const lists = listsOf(body);
  return {
    upstream_id: body.upstream_id,
    schedule: scheduleOf(body.schedule ?? SCHEDULE_DEFAULT),
    include: lists.include ?? [],
    exclude: lists.exclude ?? [],
    registry_types: lists.registry_types ?? [],
    transports: lists.transports ?? [],
    latest_only: body.latest_only ?? false,
    statuses: lists.statuses ?? STATUSES,
    max_removed_percent: body.max_removed_percent ?? MAX_REMOVED_PERCENT_DEFAULT,
    on_conflict: body.on_conflict ?? 'skip',
    enabled: body.enabled ?? true,
    position: body.position ?? null,
  };
}

/** @throws AppError invalid_parameters */
export function mirrorChangeOf(body: UpdateMirrorDto): MirrorChange {
  const { schedule, latest_only, max_removed_percent, on_conflict, enabled, position } = body;
  return {
    ...(schedule === undefined ? {} : { schedule: scheduleOf(schedule) }),
    ...listsOf(body),
    ...(latest_only === undefined ? {} : { latest_only }),
    ...(max_removed_percent === undefined ? {} : { max_removed_percent }),
    ...(on_conflict === undefined ? {} : { on_conflict }),
    ...(enabled === undefined ? {} : { enabled }),
    ...(position === undefined ? {} : { position }),
  };
}

function scheduleOf(text: string): string {
  parseSchedule(text);
  return text;
}

function listsOf(body: CreateMirrorDto | UpdateMirrorDto): Partial<Lists> {
  const { include, exclude, registry_types, transports, statuses } = body;
  return {
    ...(include === undefined ? {} : { include: patternsOf('include', include) }),
    ...(exclude === undefined ? {} : { exclude: patternsOf('exclude', exclude) }),
    ...(registry_types === undefined ? {} : { registry_types: registryTypesOf(registry_types) }),
    ...(transports === undefined ? {} : { transports: choicesOf('transports', transports, TRANSPORTS) }),
    ...(statuses === undefined ? {} : { statuses: statusesOf(statuses) }),
  };
}

function patternsOf(field: string, value: unknown): readonly string[] {
  return listOf(field, value, PATTERNS_MAX).map((one, index) => patternOf(`${field}.${index}`, one));
}

function patternOf(field: string, value: unknown): string {
  if (typeof value !== 'string') throw refusal({ field, rule: 'is_string', reason: `${field} must be a string` });
  if (value === '') throw refusal({ field, rule: 'min_length', minimum: 1, reason: `${field} must not be empty` });
  if (value.length > PATTERN_LENGTH_MAX)
    throw refusal({
      field,
      rule: 'max_length',
      maximum: PATTERN_LENGTH_MAX,
      reason: `${field} must be shorter than or equal to ${PATTERN_LENGTH_MAX} characters`,
    });
  if (!isStorableText(value))
    throw refusal({
      field,
      rule: 'is_storable_text',
      reason: `${field} must be well-formed Unicode without NUL characters`,
    });
  return value;
}

function registryTypesOf(value: unknown): readonly string[] {
  const field = 'registry_types';
  const types = listOf(field, value, REGISTRY_TYPES_MAX).map((one, index) => {
    if (typeof one === 'string' && REGISTRY_TYPE.test(one)) return one;
    throw refusal({
      field: `${field}.${index}`,
      rule: 'matches_regex',
      reason: `${field}.${index} must be a type of package such as npm: lowercase letters, digits, ".", "_" and "-"`,
    });
  });
  return [...new Set(types)];
}

function statusesOf(value: unknown): MirrorSettings['statuses'] {
  const field = 'statuses';
  const statuses = choicesOf(field, value, STATUSES);
  if (statuses.length === 0)
    throw refusal({ field, rule: 'min_items', minimum: 1, reason: 'statuses must contain at least 1 entry' });
  return statuses;
}

/** In the order of the choices, each once: two bodies that mean the same are the same. */
function choicesOf<T extends string>(field: string, value: unknown, choices: readonly T[]): readonly T[] {
  const given = new Set(
    listOf(field, value, choices.length).map((one, index) => {
      const chosen = choices.find((choice) => choice === one);
      if (chosen !== undefined) return chosen;
      throw refusal({
        field: `${field}.${index}`,
        rule: 'enum',
        choices,
        reason: `${field}.${index} must be one of [${choices.join(', ')}]`,
      });
    }),
  );
  return choices.filter((choice) => given.has(choice));
}

function listOf(field: string, value: unknown, maximum: number): readonly unknown[] {
  if (!Array.isArray(value)) throw refusal({ field, rule: 'is_array', reason: `${field} must be an array` });
  if (value.length > maximum)
    throw refusal({
      field,
      rule: 'max_items',
      maximum,
      reason: `${field} must contain no more than ${maximum} entries`,
    });
  return value;
}

function refusal(parameter: Omit<InvalidParameter, 'source'>): Error {
  return invalidParameter({ ...parameter, source: 'body' });
}
