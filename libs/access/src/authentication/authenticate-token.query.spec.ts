import { createHash } from 'node:crypto';
import type { SystemDb } from '@portolan/db';
import { mintSecret } from '../tokens/secret';
import { AuthenticateToken } from './authenticate-token.query';
import type { Presented } from './credential';
import type { RecordUse } from './record-use.service';

class DatabaseAsked extends Error {}

/** A database that nobody may ask. */
function untouchable(): AuthenticateToken {
  const refuse = () => {
    throw new DatabaseAsked();
  };
  return new AuthenticateToken({ call: refuse } as unknown as SystemDb, { execute: refuse } as unknown as RecordUse);
}

const PRESENTED: Presented = {
  address: '192.0.2.1',
  requestId: '0'.repeat(32),
  traceId: null,
  userAgent: null,
  organization: null,
  registry: null,
};

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
        `ptl_sat_${text.slice(0, 12)}_${text.slice(12, 44)}${mintSecret('sat').text.slice(-6)}`,
      ];
      const answer = await authenticate.run(shapes[seed % shapes.length] ?? '', PRESENTED);
      const key = JSON.stringify(answer);
      outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
    }
    expect([...outcomes]).toEqual([[JSON.stringify(malformed), 10_000]]);
  });

  it.each(['', 'ptl_pat_', "' or 1=1 --", '\u0000', 'ptl_pat_'.repeat(10_000)])(
    'such as %j is malformed',
    async (text) => {
      expect(await untouchable().run(text, PRESENTED)).toEqual(malformed);
    },
  );

  it('is told from a well-formed token, for which the database is asked', async () => {
    await expect(untouchable().run(mintSecret('pat').text, PRESENTED)).rejects.toThrow(DatabaseAsked);
  });
});
