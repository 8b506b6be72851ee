import { AppError } from '@portolan/kernel';
import { Places } from './places';

describe('Places', () => {
  let places: Places;

  const refusal = (orgId: string): AppError => {
    try {
      places.take(orgId);
    } catch (error) {
      if (error instanceof AppError) return error;
    }
    throw new Error('there was a place');
  };

  beforeEach(() => {
    places = new Places({ what: 'exports', ofOrganization: 2, ofProcess: 3, retryAfterSeconds: 30 });
  });

  it('are as many as said for each organization', () => {
    places.take('acme');
    places.take('acme');
    expect(refusal('acme')).toMatchObject({
      code: 'rate_limited',
      detail: 'At most 2 exports of an organization run at once. See the Retry-After header',
      headers: { 'Retry-After': '30' },
    });
    expect(() => places.take('globex')).not.toThrow();
  });

  it('are as many as said for all organizations', () => {
    for (const orgId of ['acme', 'acme', 'globex']) places.take(orgId);
    expect(refusal('initech')).toMatchObject({
      code: 'rate_limited',
      detail: 'Too many exports run at this time. See the Retry-After header',
      headers: { 'Retry-After': '30' },
    });
  });

  it('are free again once given back', () => {
    const [first] = [places.take('acme'), places.take('acme'), places.take('globex')];
    first();
    expect(() => places.take('acme')).not.toThrow();
    expect(refusal('initech').code).toBe('rate_limited');
  });

  it('are given back once, however often somebody says so', () => {
    const first = places.take('acme');
    places.take('acme');
    for (let again = 0; again < 3; again += 1) first();
    places.take('acme');
    expect(refusal('acme').code).toBe('rate_limited');
    places.take('globex');
    expect(refusal('globex').code).toBe('rate_limited');
  });

  it('are not taken by whoever is refused', () => {
    const both = [places.take('acme'), places.take('acme')];
    for (let again = 0; again < 5; again += 1) refusal('acme');
    for (const giveBack of both) giveBack();
    for (const orgId of ['acme', 'acme', 'globex']) expect(() => places.take(orgId)).not.toThrow();
  });
});
