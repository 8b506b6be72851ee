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

  it('calls sign-ins and refused credentials authentication, denials and grants authorization, reads access, and everything else a change', () => {
    const kindOf = (action: string) => {
      if (action.startsWith('permission.')) return 'authorization';
      if (['registry.read', 'audit_log.export', 'audit_log.drop', 'upstream.test'].includes(action)) return 'access';
      return /^(?!mirror\.).*\.refuse$/.test(action) || action.startsWith('session.') ? 'authentication' : 'change';
    };
    for (const [action, { kind }] of Object.entries(AUDIT_ACTIONS))
      expect([action, kind]).toEqual([action, kindOf(action)]);
  });
});
