import { randomUUID } from 'node:crypto';
import { aServer, aWorld, type World } from '../../support/world';
import { twins, type Shelf } from './shelf';
import { CURRENT_SCHEMA, type Problem, type Validation } from './wire';

describe('validate: POST {B}/v0.1/validate', () => {
  let world: World;
  let ours: Shelf;
  let theirs: Shelf;

  beforeAll(async () => {
    world = await aWorld();
    ({ ours, theirs } = await twins(world, 'main'));
  });

  afterAll(() => world.close());

  const validate = async (body: Record<string, unknown>): Promise<Validation> => {
    const answer = await ours.call('POST', 'validate', { body, token: '' });
    expect(answer.status).toBe(200);
    return answer.json<Validation>();
  };

  describe('works', () => {
    it('finds nothing in a sound document', async () => {
      const answer = await ours.call('POST', 'validate', { body: aServer({ $schema: CURRENT_SCHEMA }), token: '' });
      expect(answer.status).toBe(200);
      expect(answer.text).toBe('{"valid":true,"issues":[]}\n');
    });

    it('warns of a missing $schema and calls the document valid', async () => {
      expect(await validate(aServer())).toEqual({
        valid: true,
        issues: [
          {
            type: 'semantic',
            path: 'schema',
            message: '$schema field is missing: the current schema is assumed',
            severity: 'warning',
            reference: 'schema-field-required',
          },
        ],
      });
    });

    it('warns of an older schema', async () => {
      const { valid, issues } = await validate(
        aServer({ $schema: CURRENT_SCHEMA.replace('2025-12-11', '2025-10-17') }),
      );
      expect(valid).toBe(true);
      expect(issues).toMatchObject([{ severity: 'warning', reference: 'schema-version-deprecated' }]);
    });

    it('answers 200 to an invalid document, with every issue', async () => {
      const { valid, issues } = await validate(
        aServer({
          $schema: CURRENT_SCHEMA,
          name: 'com.example/x',
          version: '^1.2.3',
          remotes: [{ type: 'streamable-http', url: 'http://localhost/mcp' }],
        }),
      );
      expect(valid).toBe(false);
      const references = issues.map(({ reference }) => reference);
      for (const reference of ['invalid-server-name', 'version-looks-like-range', 'invalid-remote-url'])
        expect(references).toContain(reference);
    });

    it('runs the JSON Schema, which publishing does not', async () => {
      const body = aServer({ $schema: CURRENT_SCHEMA, repository: {}, name: 'com.example/lax' });
      const { valid, issues } = await validate(body);
      expect(valid).toBe(false);
      expect(issues.every(({ type }) => type === 'schema')).toBe(true);
      expect((await ours.call('POST', 'publish', { body })).status).toBe(200);
    });

    it('stores nothing and writes no audit row', async () => {
      const before = await world.db.query('select count(*) from audit_log');
      const listed = await ours.list();
      await validate(aServer({ name: 'com.example/only-asked' }));
      expect(await ours.list()).toEqual(listed);
      expect(await world.db.query('select count(*) from audit_log')).toEqual(before);
    });

    it('answers on v0 as on v0.1', async () => {
      const body = aServer({ version: 'latest' });
      const old = await world.call('POST', `${ours.base}/v0/validate`, { body });
      expect(old.text).toBe((await ours.call('POST', 'validate', { body })).text);
    });
  });

  describe('rejects bad input', () => {
    it('answers 422 to a body of the wrong shape, in the official words', async () => {
      const body = { $schema: CURRENT_SCHEMA, name: 5, description: '', status: 'active' };
      const answer = await ours.call('POST', 'validate', { body, token: '' });
      expect(answer.status).toBe(422);
      const { detail, errors } = answer.json<Problem>();
      expect(detail).toBe('validation failed');
      expect(errors).toEqual([
        { message: 'expected length >= 1', location: 'body.description', value: '' },
        { message: 'expected string', location: 'body.name', value: 5 },
        { message: 'expected required property version to be present', location: 'body', value: body },
        { message: 'unexpected property', location: 'body.status', value: body },
      ]);
    });

    it('answers 400 to no body', async () => {
      const answer = await ours.call('POST', 'validate', { token: '' });
      expect(answer.status).toBe(400);
      expect(answer.json().detail).toBe('request body is required');
    });
  });

  describe('hides other organizations', () => {
    it('answers alike for any registry, there or not, with or without a credential', async () => {
      const body = aServer();
      const mine = await ours.call('POST', 'validate', { body, token: '' });
      const others = await Promise.all([
        theirs.call('POST', 'validate', { body, token: '' }),
        theirs.call('POST', 'validate', { body, token: world.acme.admin }),
        theirs.call('POST', 'validate', { body, token: 'nonsense' }),
        world.call('POST', `/registries/${randomUUID()}/v0.1/validate`, { body }),
      ]);
      for (const other of others) expect([other.status, other.text]).toEqual([200, mine.text]);
    });
  });
});
