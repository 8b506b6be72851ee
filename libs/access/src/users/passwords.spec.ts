import { DUMMY_HASH, hashPassword, passwordProblem, verifyPassword } from './passwords';

const PASSWORD = 'a pass phrase of some length';
const EMAIL = 'ada.lovelace@example.com';

describe('A password', () => {
  it('is known by its hash, which is argon2id at the set cost and never the same twice', async () => {
    const hashes = await Promise.all([hashPassword(PASSWORD), hashPassword(PASSWORD)]);
    for (const hash of hashes) {
      expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
      expect(await verifyPassword(hash, PASSWORD)).toBe(true);
      expect(await verifyPassword(hash, `${PASSWORD}.`)).toBe(false);
    }
    expect(hashes[0]).not.toBe(hashes[1]);
  });

  it('is the same however its accents were typed', async () => {
    expect(await verifyPassword(await hashPassword('cafe\u0301 cafe\u0301 caf'), 'caf\u00e9 caf\u00e9 caf')).toBe(true);
  });

  it('is none for an account that has none, at the same cost', async () => {
    expect(DUMMY_HASH.split('$').slice(1, 4)).toEqual((await hashPassword(PASSWORD)).split('$').slice(1, 4));
    expect(DUMMY_HASH).toHaveLength((await hashPassword(PASSWORD)).length);
    for (const guess of ['', PASSWORD]) expect(await verifyPassword(DUMMY_HASH, guess)).toBe(false);
  });

  it('is checked in turn when many are at once', async () => {
    const hash = await hashPassword(PASSWORD);
    const guesses = Array.from({ length: 9 }, (_, index) => (index % 3 === 0 ? PASSWORD : `wrong ${index}`));
    const answers = await Promise.all(guesses.map((guess) => verifyPassword(hash, guess)));
    expect(answers).toEqual(guesses.map((guess) => guess === PASSWORD));
  });

  it('is refused at once, with a hint when to ask again, while fifty others wait', async () => {
    const checks = Array.from({ length: 60 }, () => verifyPassword(DUMMY_HASH, PASSWORD));
    const answers = await Promise.allSettled(checks);
    expect(answers.map(({ status }) => status)).toEqual([
      ...Array<string>(52).fill('fulfilled'),
      ...Array<string>(8).fill('rejected'),
    ]);
    for (const answer of answers.slice(52))
      expect(answer).toMatchObject({ reason: { code: 'server_busy', status: 503, headers: { 'Retry-After': '2' } } });
    await expect(hashPassword(PASSWORD)).resolves.toMatch(/^\$argon2id/);
  });

  it('leaves its turn to the next when it fails', async () => {
    const broken = Array.from({ length: 5 }, () => verifyPassword('no hash', PASSWORD));
    expect((await Promise.allSettled(broken)).map(({ status }) => status)).toEqual(broken.map(() => 'rejected'));
    expect(await verifyPassword(DUMMY_HASH, PASSWORD)).toBe(false);
  });

  it.each([PASSWORD, 'x'.repeat(11) + 'y', 'ab'.repeat(64), '🔑🔒'.repeat(6), '            .'])('may be %j', (text) => {
    expect(passwordProblem(text, EMAIL)).toBeNull();
  });

  it.each([
    ['', 'min_length', { minimum: 12 }],
    ['abcdefghijk', 'min_length', { minimum: 12 }],
    ['🔑🔒'.repeat(5), 'min_length', { minimum: 12 }],
    ['ab'.repeat(64) + 'c', 'max_length', { maximum: 128 }],
    ['x'.repeat(20), 'invalid', {}],
    [EMAIL, 'invalid', {}],
    [EMAIL.toUpperCase(), 'invalid', {}],
    ['half of a pair \ud800', 'is_storable_text', {}],
  ])('may not be %j (%s)', (text, rule, limit) => {
    expect(passwordProblem(text, EMAIL)).toMatchObject({
      rule,
      ...limit,
      reason: expect.stringMatching(/^must /) as string,
    });
  });
});
