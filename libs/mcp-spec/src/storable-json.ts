import type { StructuralIssues } from './structural-issue';

/** Nesting which the body as a whole may have. A sound document needs about ten levels; extensions may need more. */
const DEPTH_MAX = 100;

const LONE_SURROGATE = /\p{Surrogate}/u;

interface Frame {
  value: unknown;
  /** Undefined for the body itself. */
  parent: Frame | undefined;
  key: string | number;
  depth: number;
}

function locationOf(frame: Frame): string {
  const steps: string[] = [];
  for (let at: Frame | undefined = frame; at !== undefined; at = at.parent) {
    if (at.parent === undefined) steps.push(String(at.key));
    else steps.push(typeof at.key === 'number' ? `[${at.key}]` : `.${at.key}`);
  }
  return steps.reverse().join('');
}

function faultOf(text: string): string | undefined {
  if (text.includes('\u0000')) return 'expected string without NUL characters';
  if (LONE_SURROGATE.test(text)) return 'expected string to be well-formed Unicode';
  return undefined;
}

/**
 * Reports what PostgreSQL cannot store or what would not survive as JSON text: NUL, lone surrogates, numbers beyond
 * the range of a double, and nesting without end. Walks with a stack of its own, because the body may be deep enough
 * to exhaust the call stack.
 *
 * @returns false when the body is nested too deeply to be read any further
 */
export function checkStorableJson(body: unknown, issues: StructuralIssues): boolean {
  const pending: Frame[] = [{ value: body, parent: undefined, key: 'body', depth: 0 }];
  for (let frame = pending.pop(); frame !== undefined && !issues.isFull; frame = pending.pop()) {
    const { value, depth } = frame;
    if (typeof value === 'string') {
      const fault = faultOf(value);
      if (fault !== undefined) issues.add(locationOf(frame), fault, value);
    } else if (typeof value === 'number') {
      if (!Number.isFinite(value))
        issues.add(locationOf(frame), 'expected number within the range of a double', undefined);
    } else if (typeof value === 'object' && value !== null) {
      if (depth >= DEPTH_MAX) {
        issues.add('body', `expected nesting of at most ${DEPTH_MAX} levels`, undefined);
        return false;
      }
      pushMembers(frame, value, pending, issues);
    }
  }
  return true;
}

function pushMembers(frame: Frame, value: object, pending: Frame[], issues: StructuralIssues): void {
  const depth = frame.depth + 1;
  if (Array.isArray(value)) {
    // Backwards, so that the stack yields the members in the order of the document.
    for (let key = value.length - 1; key >= 0; key -= 1) {
      pending.push({ value: (value as unknown[])[key], parent: frame, key, depth });
    }
    return;
  }
  for (const [key, member] of Object.entries(value).reverse()) {
    const child: Frame = { value: member, parent: frame, key, depth };
    const fault = faultOf(key);
    if (fault !== undefined) issues.add(locationOf(child), fault, key);
    pending.push(child);
  }
}
