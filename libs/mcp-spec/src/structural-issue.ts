import type { StructuralIssue } from './server-json';

/** A document with more faults than this is answered with the first ones only. */
export const STRUCTURAL_ISSUES_MAX = 100;

/** Values with more JSON than this are not echoed in an issue, so that a small request cannot ask for a large reply. */
const ECHO_MAX_BYTES = 1000;

/** A location holds the keys on the way, which the body is free to make long, and every issue below repeats them. */
const LOCATION_MAX_LENGTH = 500;

const NESTED_COST = 2;
const SCALAR_COST = 5;
const ESCAPED_CONTROL_COST = 6;

/** At least the bytes of the JSON of `value`, counted no further than the limit. Never recursive: `value` may be deep. */
function isEchoable(value: unknown): boolean {
  const pending: unknown[] = [value];
  let bytes = 0;
  while (pending.length > 0) {
    const next = pending.pop();
    if (typeof next === 'string') {
      bytes += textCost(next);
    } else if (Array.isArray(next)) {
      bytes += NESTED_COST + next.length;
      if (bytes <= ECHO_MAX_BYTES) pending.push(...(next as unknown[]));
    } else if (typeof next === 'object' && next !== null) {
      bytes += NESTED_COST;
      for (const [key, member] of Object.entries(next)) {
        bytes += textCost(key) + NESTED_COST;
        if (bytes > ECHO_MAX_BYTES) break;
        pending.push(member);
      }
    } else {
      bytes += typeof next === 'number' ? String(next).length : SCALAR_COST;
    }
    if (bytes > ECHO_MAX_BYTES) return false;
  }
  return true;
}

function textCost(text: string): number {
  if (text.length > ECHO_MAX_BYTES) return text.length;
  let bytes = NESTED_COST;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x20 || (unit >= 0xd800 && unit < 0xe000)) bytes += ESCAPED_CONTROL_COST;
    else bytes += unit === 0x22 || unit === 0x5c ? 2 : unit < 0x80 ? 1 : 3;
  }
  return bytes;
}

/** Collects the faults of one document, up to the limit. */
export class StructuralIssues {
  readonly found: StructuralIssue[] = [];
  /** Measured once each: all unexpected members of one object show that object. */
  private readonly echoable = new Map<unknown, boolean>();

  get isFull(): boolean {
    return this.found.length >= STRUCTURAL_ISSUES_MAX;
  }

  add(location: string, message: string, value: unknown): void {
    if (this.isFull) return;
    const where = location.slice(0, LOCATION_MAX_LENGTH);
    this.found.push(this.echoes(value) ? { message, location: where, value } : { message, location: where });
  }

  private echoes(value: unknown): boolean {
    const known = this.echoable.get(value);
    if (known !== undefined) return known;
    const measured = isEchoable(value);
    this.echoable.set(value, measured);
    return measured;
  }
}
