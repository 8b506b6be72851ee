import { matchingRules, policyProblem, type ClaimRule, type IssuerPolicy } from './issuer-policy';
import type { JwtClaims } from './jwt-claims';

const POLICY: IssuerPolicy = { audiences: ['portolan-acme', 'other'], maxLifetimeSeconds: 3_600, claimRules: [] };

function claims(raw: Readonly<Record<string, unknown>> = {}, given: Partial<JwtClaims> = {}): JwtClaims {
  const base = { iss: 'https://idp.example.com', sub: 's', aud: ['portolan-acme'], exp: 4_600, iat: 1_000 };
  return { ...base, actor: null, jti: null, scopes: null, raw, ...given };
}

function rule(claim: string, value: string): ClaimRule {
  return { claim, value, team_id: '00000000-0000-7000-8000-000000000001' };
}

describe('A verified token', () => {
  it('is acceptable for one audience that is ours and no longer than it may be', () => {
    expect(policyProblem(claims(), POLICY)).toBeNull();
    expect(policyProblem(claims({}, { aud: ['other'] }), POLICY)).toBeNull();
  });

  it.each([
    [['somebody-else'], 'for another audience'],
    [['PORTOLAN-ACME'], 'for another audience'],
    [['portolan-acme/'], 'for another audience'],
    [['portolan-acme', 'somebody-else'], 'for more than one audience'],
    [['portolan-acme', 'other'], 'for more than one audience'],
    [['portolan-acme', 'portolan-acme'], 'for more than one audience'],
    [[], 'for more than one audience'],
  ])('is not acceptable for the audiences %j', (aud, reason) => {
    expect(policyProblem(claims({}, { aud }), POLICY)).toBe(reason);
  });

  it('is not acceptable when it lives longer than the cap', () => {
    expect(policyProblem(claims({}, { exp: 4_601 }), POLICY)).toBe('valid for longer than 3600 seconds');
    expect(policyProblem(claims(), { ...POLICY, maxLifetimeSeconds: 3_599 })).toBe(
      'valid for longer than 3599 seconds',
    );
  });

  it.each([
    [{ _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint: 'https://graph.example.com' } } }, []],
    [{ hasgroups: true }, []],
    [{ _claim_names: { wids: 'src1' } }, [rule('wids', 'x')]],
    [{ _claim_names: { realm_access: 'src1' } }, [rule('realm_access.roles', 'x')]],
    [{ _claim_names: 'groups' }, []],
    [{ _claim_names: { groups: 'src1' }, groups: ['a'] }, []],
  ])('fails closed, with a message, when its groups are left out of it: %j', (raw, claimRules) => {
    expect(policyProblem(claims(raw), { ...POLICY, claimRules })).toMatch(/group overage/);
  });

  it('may leave out claims that nothing rests on', () => {
    expect(policyProblem(claims({ _claim_names: { photo: 'src1' } }), POLICY)).toBeNull();
  });
});

describe('A claim rule', () => {
  const raw = {
    groups: ['platform', 'data', 7, ['nested'], { platform: true }],
    department: 'platform',
    repository_owner_id: 123_456,
    email_verified: true,
    empty: null,
    realm_access: { roles: ['publisher'], 'a.b': 'c' },
    'https://example.com/roles': ['auditor'],
    'realm_access.roles': undefined as unknown,
  };
  delete raw['realm_access.roles'];

  it.each([
    ['groups', 'platform'],
    ['groups', '7'],
    ['department', 'platform'],
    ['repository_owner_id', '123456'],
    ['email_verified', 'true'],
    ['realm_access.roles', 'publisher'],
    ['https://example.com/roles', 'auditor'],
  ])('matches %s with %s', (claim, value) => {
    const rules = [rule(claim, value), rule(claim, 'something-else')];
    expect(matchingRules(claims(raw), rules)).toEqual([rules[0]]);
  });

  it.each([
    ['groups', 'Platform'],
    ['groups', 'plat'],
    ['groups', 'nested'],
    ['groups', '[object Object]'],
    ['groups', 'platform,data'],
    ['department', 'p'],
    ['department.0', 'p'],
    ['department.length', '8'],
    ['groups.0', 'platform'],
    ['groups.length', '5'],
    ['empty', 'null'],
    ['missing', 'undefined'],
    ['missing.deeper', 'undefined'],
    ['constructor.name', 'Object'],
    ['__proto__', '[object Object]'],
    ['realm_access', '[object Object]'],
    ['realm_access.a.b', 'c'],
    ['', ''],
  ])('does not match %s with %s', (claim, value) => {
    expect(matchingRules(claims(raw), [rule(claim, value)])).toEqual([]);
  });

  it('takes a claim of its full name before a path', () => {
    const both = { 'a.b': 'full', a: { b: 'path' } };
    expect(matchingRules(claims(both), [rule('a.b', 'path'), rule('a.b', 'full')])).toEqual([rule('a.b', 'full')]);
  });
});
