import { createHash } from 'node:crypto';
import type { OrgDb, SystemDb } from '@portolan/db';
import { mintAccessToken } from './access-token';
import { Authenticate } from './authenticate.query';

class DatabaseAsked extends Error {}

/** A database that nobody may ask. */
function untouchable(): Authenticate {
  const refuse = () => {
    throw new DatabaseAsked();
  };
  return new Authenticate({ call: refuse } as unknown as SystemDb, { read: refuse, write: refuse } as unknown as OrgDb);
}

/** Text that looks random and is the same in every run. */
function noise(seed: number): string {
  return createHash('sha512').update(String(seed)).digest('base64').replace(/[+/=]/g, 'x');
}

describe('Garbage instead of a token', () => {
  const malformed = { outcome: 'refused', reason: 'malformed', owner: null };

  it('is refused 10,000 times without one question to the database', async () => {
    const authenticate = untouchable();
    const outcomes = new Map<string, number>();
    for (let seed = 0; seed < 10_000; seed += 1) {
      const text = noise(seed);
      const shapes = [
        text,
        text.slice(0, seed % 64),
        `ptl_pat_${text.slice(0, 12)}_${text.slice(12, 50)}`,
        `ptl_sat_${text.slice(0, 12)}_${text.slice(12, 44)}${mintAccessToken('sat').text.slice(-6)}`,
      ];
      const answer = await authenticate.run(shapes[seed % shapes.length] ?? '', '0'.repeat(32));
      const key = JSON.stringify(answer);
      outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
    }
    expect([...outcomes]).toEqual([[JSON.stringify(malformed), 10_000]]);
  });

  it.each(['', 'ptl_pat_', "' or 1=1 --", '\u0000', 'ptl_pat_'.repeat(10_000)])(
    'such as %j is malformed',
    async (text) => {
      expect(await untouchable().run(text, '0'.repeat(32))).toEqual(malformed);
    },
  );

  it('is told from a well-formed token, for which the database is asked', async () => {
    await expect(untouchable().run(mintAccessToken('pat').text, '0'.repeat(32))).rejects.toThrow(DatabaseAsked);
  });
});
