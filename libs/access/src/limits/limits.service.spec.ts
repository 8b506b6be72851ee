import { AppError, type Principal } from '@portolan/kernel';
import type { Credential } from '../authentication/credential';
import type { SignedIn } from '../authentication/signed-in';
import { NO_ACCESS } from '../rbac/access';
import { FAILURES_OF_ADDRESS, FAILURES_OF_CREDENTIAL, GOOD_FOR_MS, Limits } from './limits.service';
import { MemoryBuckets } from './memory-buckets';
import type { RateLimitSettings } from './rate-limit-settings';

const SMALL = { per_second: 0.5, burst: 3 };
const HERE = '192.0.2.1';
const ELSEWHERE = '192.0.2.2';

function aCaller(id: string, type: Principal['type'] = 'user', rateLimits: RateLimitSettings = {}): SignedIn {
  return {
    outcome: 'signed-in',
    orgId: 'acme',
    orgName: 'acme',
    orgState: 'active',
    suspendedReason: null,
    rateLimits,
    principal: { type, id, name: id, tokenId: null },
    access: NO_ACCESS,
  };
}

function aCredential(text: string): Credential {
  return { kind: 'access_token', text };
}

describe('Limits', () => {
  let nowMs: number;
  let limits: Limits;

  beforeEach(() => {
    nowMs = 1_000;
    const clock = () => nowMs;
    const rateLimits = { read: SMALL, search: SMALL, write: SMALL, auth: SMALL, export: SMALL };
    limits = new Limits({ rateLimits }, new MemoryBuckets(clock), clock);
  });

  /** Header fields of the 429, or null for a request that passes. */
  async function read(caller: SignedIn | null, address = HERE): Promise<Readonly<Record<string, string>> | null> {
    try {
      await limits.takeRequest('read', caller, address);
      return null;
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'rate_limited') throw error;
      return error.headers;
    }
  }

  async function useUp(caller: SignedIn | null, address = HERE): Promise<number> {
    for (let passed = 0; ; passed += 1) if ((await read(caller, address)) !== null) return passed;
  }

  describe('of requests', () => {
    it('tell the truth: who waits as long as told passes, who waits a second less does not', async () => {
      await useUp(null);
      expect(await read(null)).toEqual({
        'Retry-After': '2',
        RateLimit: '"read";r=0;t=6',
        'RateLimit-Policy': '"read";q=3;w=6',
      });
      nowMs += 1_000;
      expect(await read(null)).toMatchObject({ 'Retry-After': '1' });
      nowMs += 1_000;
      expect(await read(null)).toBeNull();
    });

    it('are one for a principal, wherever it is, and another for the next', async () => {
      expect(await useUp(aCaller('one'))).toBe(3);
      expect(await useUp(aCaller('one'), ELSEWHERE)).toBe(0);
      expect(await useUp(aCaller('two'))).toBe(3);
      expect(await useUp(null)).toBe(3);
    });

    it('are one for an address, or for the /64 of it, without a principal', async () => {
      expect(await useUp(null, '2001:db8:1:2::1')).toBe(3);
      expect(await useUp(null, '2001:db8:1:2:ffff::9')).toBe(0);
      expect(await useUp(null, '2001:db8:1:3::1')).toBe(3);
    });

    it('are those of nobody for whoever holds nothing, whatever his organization has', async () => {
      const stranger = { ...aCaller('one', 'jwt_subject', { read: { per_second: 1, burst: 7 } }), stranger: true };
      expect(await useUp(stranger)).toBe(3);
      expect(await useUp({ ...stranger, principal: { ...stranger.principal, id: 'two' } })).toBe(0);
      expect(await useUp(null)).toBe(0);
      expect(await useUp(stranger, ELSEWHERE)).toBe(3);
    });

    it('are one for each address that uses a capability URL', async () => {
      const url = aCaller('url', 'capability_url');
      expect(await useUp(url)).toBe(3);
      expect(await useUp(url, ELSEWHERE)).toBe(3);
      expect(await useUp(url)).toBe(0);
    });

    it('are one for each class', async () => {
      await useUp(null);
      await expect(limits.takeRequest('search', null, HERE)).resolves.toBeUndefined();
    });

    it('are those of the organization where it has some', async () => {
      expect(await useUp(aCaller('one', 'user', { read: { per_second: 1, burst: 7 } }))).toBe(7);
      expect(await useUp(aCaller('two', 'user', { write: { per_second: 1, burst: 7 } }))).toBe(3);
    });
  });

  describe('of failed credentials', () => {
    const fail = (text: string, address = HERE) => limits.noteCredential(aCredential(text), address, false);
    const mayTry = (text: string, address = HERE) => limits.mayTry(aCredential(text), address);

    async function failMany(): Promise<void> {
      for (let index = 0; index < FAILURES_OF_ADDRESS.burst; index += 1) await fail(`wrong ${index}`);
    }

    it('stop an address after a hundred, and let it try once a second then', async () => {
      for (let index = 0; index < 99; index += 1) await fail(`wrong ${index}`);
      expect(await mayTry('another')).toBe(true);
      await fail('wrong 99');
      expect(await mayTry('another')).toBe(false);
      expect(await mayTry('another', ELSEWHERE)).toBe(true);
      expect(limits.tooManyFailures(HERE)).toMatchObject({
        code: 'rate_limited',
        headers: {
          'Retry-After': '1',
          RateLimit: '"failures";r=0;t=100',
          'RateLimit-Policy': '"failures";q=100;w=100',
        },
      });
      nowMs += 1_000;
      expect(await mayTry('another')).toBe(true);
    });

    it('stop one credential at one address after twenty', async () => {
      for (let index = 0; index < FAILURES_OF_CREDENTIAL.burst; index += 1) await fail('expired');
      expect(await mayTry('expired')).toBe(false);
      expect(await mayTry('another')).toBe(true);
      expect(await mayTry('expired', ELSEWHERE)).toBe(true);
      expect(limits.tooManyFailures(HERE).headers).toMatchObject({ 'Retry-After': '10' });
      nowMs += 9_999;
      expect(await mayTry('expired')).toBe(false);
      nowMs += 1;
      expect(await mayTry('expired')).toBe(true);
    });

    it('tell the longest wait when an address has several', async () => {
      for (let index = 0; index < FAILURES_OF_CREDENTIAL.burst; index += 1) await fail('expired');
      for (let index = 0; index < 80; index += 1) await fail(`wrong ${index}`);
      expect(await mayTry('another')).toBe(false);
      nowMs += 1_000;
      expect(await mayTry('expired')).toBe(false);
      await fail('one more');
      expect(await mayTry('another')).toBe(false);
      expect(limits.tooManyFailures(HERE).headers).toMatchObject({ 'Retry-After': '9' });
    });

    it('let a credential pass that was good within ten minutes, at any address', async () => {
      await limits.noteCredential(aCredential('good'), ELSEWHERE, true);
      await failMany();
      nowMs += 5;
      expect(await mayTry('good')).toBe(true);
      expect(await mayTry('never seen')).toBe(false);
    });

    it('look again when ten minutes are over', async () => {
      await limits.noteCredential(aCredential('good'), HERE, true);
      nowMs += GOOD_FOR_MS;
      await failMany();
      expect(await mayTry('good')).toBe(false);
    });

    it('forget a good credential that turned bad', async () => {
      await limits.noteCredential(aCredential('good'), HERE, true);
      await failMany();
      expect(await mayTry('good')).toBe(true);
      await fail('good');
      expect(await mayTry('good')).toBe(false);
    });

    it('are not paid back by a good credential', async () => {
      await failMany();
      await limits.noteCredential(aCredential('good'), HERE, true);
      expect(await mayTry('another')).toBe(false);
    });

    it('answer with the longest wait there is for an address of which nothing is remembered', () => {
      expect(limits.tooManyFailures(HERE)).toMatchObject({ code: 'rate_limited', headers: { 'Retry-After': '10' } });
    });
  });
});
