import { AUDIT_ACTIONS } from './audit-events';

describe('The vocabulary of the audit trail', () => {
  it.each(Object.entries(AUDIT_ACTIONS))(
    '%s is a dotted word of a known kind with a target',
    (action, { kind, target }) => {
      expect(action).toMatch(/^[a-z_]+(\.[a-z_]+)+$/);
      expect(['authentication', 'authorization', 'access', 'change']).toContain(kind);
      expect(target).toMatch(/^[a-z_]+$/);
    },
  );

  it('calls refusals authentication or authorization, and everything else a change', () => {
    const refusals = Object.entries(AUDIT_ACTIONS).filter(([action]) => /\.(deny|refuse)$/.test(action));
    expect(refusals.map(([action, { kind }]) => [action, kind])).toEqual([
      ['permission.deny', 'authorization'],
      ['token.refuse', 'authentication'],
    ]);
    for (const [action, { kind }] of Object.entries(AUDIT_ACTIONS))
      if (!/\.(deny|refuse)$/.test(action)) expect([action, kind]).toEqual([action, 'change']);
  });
});
