import { aWorld, type World } from '../../support/world';
import { problems, refusal, trailOf } from '../access/support/identity';
import { anAuditAccount, DESTINATIONS, destinationBody, statusOf, type Destination } from './support/destinations';

const SECRET = 'Bearer never-to-come-back';

describe('create-audit-log-destination: POST /v0/audit-log-destinations', () => {
  let world: World;

  const create = (overrides: Readonly<Record<string, unknown>> = {}, token = world.acme.admin) =>
    world.call('POST', DESTINATIONS, { token, body: destinationBody(overrides) });
  const stored = () => world.db.query<{ authorization_sealed: string | null }>('select * from audit_destination');

  beforeAll(async () => {
    world = await aWorld();
  });

  beforeEach(() => world.db.query('delete from audit_destination'));

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 201 with the whole destination, and defaults for what was left out', async () => {
      const answer = await create();
      expect(answer.status).toBe(201);
      expect(answer.json()).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        name: 'siem',
        endpoint: 'https://siem.example.com/ingest',
        authorization_set: false,
        format: 'json',
        enabled: true,
        created_at: expect.stringMatching(/\.\d{6}Z$/) as string,
        updated_at: expect.stringMatching(/\.\d{6}Z$/) as string,
      });
    });

    it.each(['json', 'cef', 'ocsf'])('keeps every field, with the format %s', async (format) => {
      const body = {
        name: 'Süd',
        endpoint: 'http://127.0.0.1:8088/services/collector?channel=1',
        format,
        enabled: false,
      };
      expect((await create(body)).json()).toMatchObject(body);
    });

    it('seals the authorization, and tells it to nobody', async () => {
      const trail = await trailOf(world, world.acme, () => create({ authorization: SECRET }));
      const [row] = await stored();
      const { id } = (await world.call('GET', DESTINATIONS, { token: world.acme.admin })).json<{
        data: Destination[];
      }>().data[0] as Destination;
      const told = await Promise.all(
        [DESTINATIONS, `${DESTINATIONS}/${id}`, `${DESTINATIONS}/${id}/status`, '/v0/audit-logs'].map(
          async (path) => (await world.call('GET', path, { token: world.acme.admin })).text,
        ),
      );
      expect(row?.authorization_sealed).toMatch(/^v1\./);
      expect(JSON.stringify([row, trail, told])).not.toContain('never-to-come-back');
      expect(told[1]).toContain('"authorization_set":true');
    });

    it('begins at the present end of the chain', async () => {
      const { id } = (await create()).json<Destination>();
      const { delivered_sequence: delivered, last_sequence: last } = await statusOf(world, world.acme, id);
      expect(delivered).toBe(last);
    });

    it('writes one audit row with the destination', async () => {
      const trail = await trailOf(world, world.acme, () => create({ authorization: SECRET }));
      expect(trail).toEqual([
        expect.objectContaining({
          action: 'audit_destination.create',
          target_name: 'siem',
          before: null,
          after: expect.objectContaining({ authorization_set: true, format: 'json' }) as object,
        }),
      ]);
    });

    it('makes 20 and no more, also of many at the same time', async () => {
      const answers = await Promise.all(Array.from({ length: 24 }, (_, index) => create({ name: `d${index}` })));
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(20);
      expect(refusal(await create({ name: 'one more' }))).toEqual([403, 'quota_exceeded']);
      expect((await create({}, world.globex.admin)).status).toBe(201);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{ name: undefined }, 'name', 'required'],
      [{ name: '' }, 'name', 'min_length'],
      [{ name: 'n'.repeat(121) }, 'name', 'max_length'],
      [{ name: 'a\u0000' }, 'name', 'is_storable_text'],
      [{ name: null }, 'name', 'is_string'],
      [{ endpoint: undefined }, 'endpoint', 'required'],
      [{ endpoint: 5 }, 'endpoint', 'is_string'],
      [{ endpoint: 'siem.example.com' }, 'endpoint', 'matches_regex'],
      [{ endpoint: 'ftp://siem.example.com' }, 'endpoint', 'matches_regex'],
      [{ endpoint: 'https://siem.example.com/#part' }, 'endpoint', 'matches_regex'],
      [{ endpoint: 'https://siem.example.com/a b' }, 'endpoint', 'matches_regex'],
      [{ endpoint: 'https://siem.example.com/\n' }, 'endpoint', 'matches_regex'],
      [{ endpoint: 'https://siem.example.com:99999/' }, 'endpoint', 'is_url'],
      [{ endpoint: `https://siem.example.com/${'x'.repeat(2_000)}` }, 'endpoint', 'max_length'],
      [{ authorization: '' }, 'authorization', 'min_length'],
      [{ authorization: 5 }, 'authorization', 'is_string'],
      [{ authorization: `${SECRET}\r\nX-Other: 1` }, 'authorization', 'matches_regex'],
      [{ authorization: `${SECRET}ü` }, 'authorization', 'matches_regex'],
      [{ authorization: 'x'.repeat(2_001) }, 'authorization', 'max_length'],
      [{ format: 'syslog' }, 'format', 'enum'],
      [{ format: null }, 'format', 'enum'],
      [{ enabled: 'true' }, 'enabled', 'is_boolean'],
      [{ skip_ssl_verification: true }, 'skip_ssl_verification', 'unknown_property'],
      [{ authorization_set: true }, 'authorization_set', 'unknown_property'],
    ])('row %# names the field and the rule, and nothing is made', async (overrides, field, rule) => {
      const answer = await create(overrides);
      expect(answer.status).toBe(400);
      expect(problems(answer)).toContainEqual(expect.objectContaining({ field, rule, source: 'body' }));
      expect(answer.text).not.toContain('never-to-come-back');
      expect(await stored()).toEqual([]);
    });

    it.each([
      'http://169.254.169.254/latest/meta-data',
      'https://169.254.169.254/',
      'http://[::ffff:a9fe:a9fe]/',
      'http://10.0.0.1/',
      'https://user:password@siem.example.com/',
    ])('takes no endpoint that may not be reached: %s', async (endpoint) => {
      expect(refusal(await create({ endpoint }))).toEqual([422, 'forbidden_address']);
      expect(await stored()).toEqual([]);
    });

    it.each([
      'http://localhost:8088/',
      'http://127.0.0.1/',
      'https://siem.example.com:22/',
      'http://siem.example.com/',
    ])('takes nothing but https to public hosts where the operator allows no more: %s', async (endpoint) => {
      const strict = await aWorld({ EGRESS_ALLOW: '' });
      const body = destinationBody({ endpoint });
      const answer = await strict.call('POST', DESTINATIONS, { token: strict.acme.admin, body });
      expect(refusal(answer)).toEqual([422, 'forbidden_address']);
      await strict.close();
    });

    it('stores no authorization where the operator has set no key', async () => {
      const keyless = await aWorld({ SECRETS_KEY: '' });
      const body = destinationBody({ authorization: SECRET });
      const answer = await keyless.call('POST', DESTINATIONS, { token: keyless.acme.admin, body });
      expect(refusal(answer)).toEqual([503, 'encryption_not_configured']);
      await keyless.close();
    });

    it('takes a name once in an organization', async () => {
      await create();
      expect(refusal(await create())).toEqual([409, 'audit_destination_name_taken']);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      expect((await world.call('POST', DESTINATIONS, { body: destinationBody() })).status).toBe(401);
      expect(await stored()).toEqual([]);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to whoever may only read the trail', async () => {
      expect((await create({}, await anAuditAccount(world, world.acme, 'Viewer'))).status).toBe(403);
      expect(await stored()).toEqual([]);
      expect((await create({}, await anAuditAccount(world, world.acme, 'Admin'))).status).toBe(201);
    });
  });

  describe('hides other organizations', () => {
    it('takes the name of a foreign destination, and is seen by nobody there', async () => {
      await create({}, world.globex.admin);
      const { id } = (await create()).json<Destination>();
      expect((await world.call('GET', `${DESTINATIONS}/${id}`, { token: world.globex.admin })).status).toBe(404);
    });
  });
});
