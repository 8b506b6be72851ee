import { Changes, organizationTopic } from '@portolan/db';
import { NO_ACCESS } from '../rbac/access';
import { CredentialMemory, keyOfCredential, keyOfUrl } from './credential-memory';
import type { SignedIn } from './signed-in';

const TOKEN = { kind: 'access_token', text: 'ptl_pat_0' } as const;
const JWT = { kind: 'jwt', text: 'a.b.c' } as const;
const HERE = { address: '192.0.2.1', organization: null, registry: null };

function caller(goodForMs?: number): SignedIn {
  return {
    outcome: 'signed-in',
    orgId: 'acme',
    orgName: 'acme',
    orgState: 'active',
    suspendedReason: null,
    rateLimits: {},
    principal: { type: 'user', id: 'ada', name: 'ada', tokenId: null },
    access: NO_ACCESS,
    ...(goodForMs === undefined ? {} : { goodForMs }),
  };
}

describe('The memory for credentials', () => {
  let nowMs: number;
  let changes: Changes;
  let memory: CredentialMemory;

  beforeEach(() => {
    nowMs = 1_000;
    jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
    changes = new Changes(() => 0);
    changes.heard(0);
    memory = new CredentialMemory(changes);
  });

  afterEach(() => jest.restoreAllMocks());

  const keep = (one: SignedIn, before = memory.before()) => {
    memory.signedIn.keep('key', before, one);
  };

  it('knows a caller for a minute, and then looks it up again', () => {
    const one = caller();
    keep(one);
    nowMs += 59_999;
    expect(memory.signedIn.find('key')).toBe(one);
    nowMs += 1;
    expect(memory.signedIn.find('key')).toBeUndefined();
  });

  it('ends with the credential, counted from when it began to be looked up', () => {
    const before = memory.before();
    nowMs += 3_000;
    keep(caller(5_000), before);
    nowMs += 1_999;
    expect(memory.signedIn.find('key')).toBeDefined();
    nowMs += 1;
    expect(memory.signedIn.find('key')).toBeUndefined();
  });

  it('keeps none that is over, or was looked up while changes were not heard', () => {
    keep(caller(0));
    expect(memory.signedIn.find('key')).toBeUndefined();
    changes.lost();
    keep(caller());
    changes.heard(0);
    expect(memory.signedIn.find('key')).toBeUndefined();
  });

  it('forgets the callers of an organization in which something changed, also while one was looked up', () => {
    keep(caller());
    changes.note(organizationTopic('globex'));
    expect(memory.signedIn.find('key')).toBeDefined();
    const before = memory.before();
    changes.note(organizationTopic('acme'));
    expect(memory.signedIn.find('key')).toBeUndefined();
    keep(caller(), before);
    expect(memory.signedIn.find('key')).toBeUndefined();
  });

  it('tells credentials apart by kind, text and address, and a JWT by the place where it is shown', () => {
    const keys = [
      keyOfCredential(TOKEN, HERE),
      keyOfCredential({ ...TOKEN, kind: 'session' }, HERE),
      keyOfCredential({ ...TOKEN, text: 'ptl_pat_1' }, HERE),
      keyOfCredential(TOKEN, { ...HERE, address: '192.0.2.2' }),
      keyOfCredential(JWT, HERE),
      keyOfCredential(JWT, { ...HERE, organization: 'acme' }),
      keyOfUrl('secret', { organization: undefined, identifier: 'tools' }, HERE.address),
      keyOfUrl('secret', { organization: 'acme', identifier: 'tools' }, HERE.address),
      keyOfUrl('secret', { organization: undefined, identifier: 'tools' }, '192.0.2.2'),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(keyOfCredential(TOKEN, { ...HERE, organization: 'acme' })).toBe(keyOfCredential(TOKEN, HERE));
  });

  it('holds no credential', () => {
    for (const key of [keyOfCredential(TOKEN, HERE), keyOfCredential(JWT, HERE)]) {
      expect(key).not.toContain(TOKEN.text);
      expect(key).not.toContain(JWT.text);
    }
  });
});
