import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { AppError, invalidParameter, type InvalidParameter } from '@portolan/kernel';

export const PASSWORD_LENGTH_MIN = 12;
export const PASSWORD_LENGTH_MAX = 128;

const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
// Each takes 19 MiB: many at once would exhaust the memory, and the threads that other work of Node needs.
const AT_ONCE_MAX = 2;
// Behind more than these nobody gets an answer in time, and their requests fill the memory.
const WAITING_MAX = 50;
const RETRY_SOON = { 'Retry-After': '2' };

/** The hash of no password, for accounts that have none: a wrong guess takes as long there as elsewhere. */
export const DUMMY_HASH =
  `$argon2id$v=19$m=${COST.memoryCost},t=${COST.timeCost},p=${COST.parallelism}` +
  `$${randomText(16)}$${randomText(32)}`;

let running = 0;
const waiting: (() => void)[] = [];

/**
 * Argon2id, with its parameters and salt, as the database holds it.
 *
 * @throws AppError server_busy when too many wait already
 */
export function hashPassword(password: string): Promise<string> {
  return inTurn(() => hash(normalized(password), COST));
}

/** @throws AppError server_busy when too many wait already */
export function verifyPassword(passwordHash: string, password: string): Promise<boolean> {
  return inTurn(() => verify(passwordHash, normalized(password)));
}

/** Why a new password of the owner of this email address is not acceptable, or null. */
export function passwordProblem(
  password: string,
  email: string,
): Pick<InvalidParameter, 'rule' | 'reason' | 'minimum' | 'maximum'> | null {
  const text = normalized(password);
  const characters = [...text];
  if (!text.isWellFormed()) return { rule: 'is_storable_text', reason: 'must be well-formed Unicode' };
  if (characters.length < PASSWORD_LENGTH_MIN)
    return {
      rule: 'min_length',
      minimum: PASSWORD_LENGTH_MIN,
      reason: `must hold at least ${PASSWORD_LENGTH_MIN} characters`,
    };
  if (characters.length > PASSWORD_LENGTH_MAX)
    return {
      rule: 'max_length',
      maximum: PASSWORD_LENGTH_MAX,
      reason: `must hold at most ${PASSWORD_LENGTH_MAX} characters`,
    };
  if (new Set(characters).size === 1) return { rule: 'invalid', reason: 'must not be one character repeated' };
  if (text.toLowerCase() === normalized(email).toLowerCase())
    return { rule: 'invalid', reason: 'must not be the email address' };
  return null;
}

/** @throws AppError invalid_parameters naming the field of the body and the rule */
export function requirePassword(field: string, password: string, email: string): void {
  const problem = passwordProblem(password, email);
  if (problem) throw invalidParameter({ ...problem, field, reason: `${field} ${problem.reason}`, source: 'body' });
}

// The same key presses give other code points on other systems.
function normalized(password: string): string {
  return password.normalize('NFKC');
}

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (waiting.length >= WAITING_MAX) throw new AppError('server_busy', { headers: RETRY_SOON });
  if (running >= AT_ONCE_MAX)
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
    });
  else running += 1;
  try {
    return await work();
  } finally {
    // Whoever waits takes this one's place, so that nobody who comes later does.
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}

function randomText(bytes: number): string {
  return randomBytes(bytes).toString('base64').replace(/=+$/, '');
}
