import { labelProblem } from './labels';

describe('A label', () => {
  it.each([
    ['env', 'test'],
    ['e', 't'],
    ['a.b-c_d', 'A.b-C_d'],
    ['KONGCTL-owner', 'x'],
    ['Kong', 'x'],
    ['toString', 'constructor'],
    ['1', '2'],
    ['a'.repeat(63), 'b'.repeat(63)],
    ['env', null],
  ])('%s=%s is acceptable', (key, value) => {
    expect(labelProblem(key, value)).toBeNull();
  });

  it.each([
    ['', 'x', /^keys must hold 1 to 63/],
    ['a'.repeat(64), 'x', /^keys must hold 1 to 63/],
    ['-a', 'x', /^keys must match/],
    ['a.', 'x', /^keys must match/],
    ['a b', 'x', /^keys must match/],
    ['ä', 'x', /^keys must match/],
    ['a\n', 'x', /^keys must match/],
    ['kong', 'x', /^keys must not start with kong/],
    ['konnect-x', 'x', /^keys must not start with konnect/],
    ['insomnia', 'x', /^keys must not start with insomnia/],
    ['mesh', 'x', /^keys must not start with mesh/],
    ['kic', null, /^keys must not start with kic/],
    ['kuma.io', 'x', /^keys must not start with kuma/],
    ['_x', 'x', /^keys must/],
    ['__proto__', 'x', /^keys must/],
    ['env', '', /^values must hold 1 to 63/],
    ['env', 'x'.repeat(64), /^values must hold 1 to 63/],
    ['env', 'not ok', /^values must match/],
    ['env', 'x\n', /^values must match/],
    ['env', '-x', /^values must match/],
    ['env', 5, /^values must be strings/],
    ['env', ['x'], /^values must be strings/],
    ['env', undefined, /^values must be strings/],
  ])('%j=%j is not, and says why', (key, value, reason) => {
    expect(labelProblem(key, value)).toMatch(reason);
  });
});
