import { inBatches } from '../fixture';
import { aServer } from '../../support/world';
import {
  aFullWorld,
  CHANGES,
  complaint,
  GOOD_BODIES,
  goodBody,
  resolved,
  type FullWorld,
  type ManagementOperation,
  type Schema,
} from './management-api';

/** What only the program itself may write. */
const OURS: Readonly<Record<string, unknown>> = {
  id: '00000000-0000-7000-8000-000000000001',
  org_id: '00000000-0000-7000-8000-000000000002',
  organization_id: '00000000-0000-7000-8000-000000000002',
  user_id: '00000000-0000-7000-8000-000000000003',
  principal: 'admin',
  role: 'Admin',
  role_name: 'Admin',
  roles: ['Admin'],
  permissions: ['*'],
  system_team: true,
  is_admin: true,
  active: true,
  invited: false,
  state: 'active',
  visibility: 'public',
  isLatest: true,
  status: 'active',
  publishedAt: '2000-01-01T00:00:00Z',
  _meta: { 'io.modelcontextprotocol.registry/official': { isLatest: true } },
  created_at: '2000-01-01T00:00:00Z',
  updated_at: '2000-01-01T00:00:00Z',
  last_used_at: '2000-01-01T00:00:00Z',
  revoked_at: null,
  hash: 'aGFzaA==',
  public_id: '000000000000',
  client_secret_sealed: 'v1.x',
  revision: 1,
  quotas: { registries: 1_000_000 },
};

const WRONG_TYPES: Readonly<Record<string, readonly unknown[]>> = {
  string: [['a'], { a: 'a' }, 7, true],
  boolean: ['true', 1, [true], {}],
  integer: ['7', 1.5, [7], {}, 1e300, -1],
  array: ['a', { 0: 'a', length: 1 }, 7, true, [[[]]], [{}], [7], [null]],
  object: ['a', ['a'], 7, true],
};

const POLLUTION: readonly string[] = [
  '"__proto__":{"polluted":true}',
  '"__proto__":null',
  '"constructor":{"prototype":{"polluted":true}}',
  '"prototype":{"polluted":true}',
  '"toString":"x","hasOwnProperty":1,"valueOf":null',
  '"__defineGetter__":"x"',
];

/** Where a text is only compared with one that is there, or hashed, any text is just another one. */
const COMPARED: Readonly<Record<string, readonly number[]>> = {
  'log-in': [400, 401],
  'accept-invite': [400, 410],
  'start-invite-login': [400, 410],
  'change-password': [400, 409],
};

/** Its own properties, with what type each is. */
function propertiesOf({ body }: ManagementOperation): [string, Schema][] {
  return Object.entries(body?.properties ?? {}).map(([name, schema]) => [name, resolved(schema)]);
}

const typeOf = (schema: Schema) => schema.type ?? 'object';

/** A good body whose text has one thing more. */
function withMember(body: object, member: string): string {
  const text = JSON.stringify(body);
  return text === '{}' ? `{${member}}` : `${text.slice(0, -1)},${member}}`;
}

describe('A body of the management API', () => {
  let world: FullWorld;
  let changes: number;

  beforeAll(async () => {
    world = await aFullWorld();
    changes = await world.changes();
  });

  // Nothing of what is tried here may change a thing.
  afterEach(async () => {
    expect(await world.changes()).toBe(changes);
  });

  afterAll(() => world.close());

  it('is tried in every operation that takes one', () => {
    expect(Object.keys(GOOD_BODIES).sort()).toEqual(CHANGES.map(({ id }) => id).sort());
  });

  it('is a good one but for what is tried with it', async () => {
    const other = await aFullWorld();
    try {
      const refused: string[] = [];
      for (const operation of CHANGES) {
        const answer = await other.ask(operation, { body: goodBody(operation, other.own) });
        if (answer.status === 400 || answer.status >= 500) refused.push(`${operation.id}: ${complaint(answer)}`);
      }
      expect(refused).toEqual([]);
      expect(await other.changes()).toBeGreaterThan(changes + 20);
    } finally {
      await other.close();
    }
  });

  it.each(CHANGES)('of $id holds nothing that only the program may write', async (operation) => {
    const known = new Set(propertiesOf(operation).map(([name]) => name));
    const tried = Object.entries(OURS).filter(([name]) => !known.has(name));
    const answers = await inBatches(tried, async ([name, value]) => {
      const body = { ...goodBody(operation, world.own), [name]: value };
      return `${name}: ${complaint(await world.ask(operation, { body }))}`;
    });
    const refused = (name: string) => `${name}: 400 invalid_parameters ${name}`;
    // Where somebody could take it for a property, the answer says why it is none.
    const clearer = operation.id === 'update-team' ? 'system_team' : '';
    expect(answers).toEqual(
      tried.map(([name]) => `${refused(name)} ${name === clearer ? 'immutable' : 'unknown_property'}`),
    );
  });

  it.each(CHANGES)('of $id has the types that are described', async (operation) => {
    const tried = propertiesOf(operation).flatMap(([name, schema]) =>
      (WRONG_TYPES[typeOf(schema)] ?? []).map((value) => [name, value] as const),
    );
    const wrong = await inBatches(tried, async ([name, value]) => {
      const body = { ...goodBody(operation, world.own), [name]: value };
      const answer = await world.ask(operation, { body });
      const found = complaint(answer);
      return found.startsWith(`400 invalid_parameters ${name}`) ? [] : [`${name}=${JSON.stringify(value)}: ${found}`];
    });
    expect(wrong.flat()).toEqual([]);
    expect(tried.length).toBeGreaterThan(0);
  });

  it.each(CHANGES)('of $id pollutes no object', async (operation) => {
    const good = goodBody(operation, world.own);
    const inside = propertiesOf(operation).flatMap(([name, schema]) => {
      const { [name]: replaced, ...others } = good;
      const [open, close] = typeOf(schema) === 'array' ? ['[{', '}]'] : ['{', '}'];
      // A label may have any name that is no trap, and so may a header.
      const members = POLLUTION.slice(0, name === 'labels' ? 4 : name === 'headers' ? 5 : undefined);
      return members.map((member) => withMember(others, `"${name}":${open}${member}${close}`));
    });
    const raws = [...POLLUTION.map((member) => withMember(good, member)), ...inside];
    const headers = { 'content-type': 'application/json' };
    const wrong = await inBatches(raws, async (raw) => {
      const answer = await world.ask(operation, { raw, headers });
      return answer.status === 400 ? [] : [`${raw}: ${answer.status} ${answer.text}`];
    });
    expect(wrong.flat()).toEqual([]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it.each(CHANGES)('of $id has no member that stands twice', async (operation) => {
    const headers = { 'content-type': 'application/json' };
    const raws = propertiesOf(operation).map(([name]) => withMember({ [name]: 1 }, `"${name}":1`));
    const complaints = await inBatches(raws, async (raw) => complaint(await world.ask(operation, { raw, headers })));
    expect(complaints).toEqual(raws.map(() => '400 malformed_body'));
  });

  it.each(CHANGES)('of $id is an object in JSON that says so', async (operation) => {
    const good = JSON.stringify(goodBody(operation, world.own));
    const send = async (raw: string, type: string) =>
      complaint(await world.ask(operation, { raw, headers: { 'content-type': type } }));
    for (const type of [
      'text/plain',
      'text/plain;charset=UTF-8',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/jsonp',
      'text/json',
      'application/xml',
    ])
      expect([type, await send(good, type)]).toEqual([type, '415 unsupported_media_type']);
    for (const raw of ['null', '[]', `[${good}]`, JSON.stringify(good), '7', 'true'])
      expect([raw, await send(raw, 'application/json')]).toEqual([raw, '400 invalid_parameters body is_object']);
    for (const raw of [
      `${good}${good}`,
      good.slice(0, -1),
      `${good.slice(0, -1)},}`,
      good.replaceAll('"', "'"),
      '\ufeff',
    ])
      expect([raw, await send(raw, 'application/json')]).toEqual([raw, '400 malformed_body']);
  });

  it.each(CHANGES)('of $id is refused for its size before anybody looks for what is in it', async (operation) => {
    const headers = { 'content-type': 'application/json' };
    const [name = ''] = propertiesOf(operation)[0] ?? [];
    const send = (value: string) => world.ask(operation, { raw: `{"${name}":${value}}`, headers });
    const huge = await send(`"${'a'.repeat(1_100_000)}"`);
    expect(complaint(huge)).toBe('413 body_too_large');
    for (const value of [`${'['.repeat(10_000)}${']'.repeat(10_000)}`, '['.repeat(10_000)])
      expect(complaint(await send(value))).toBe('400 malformed_body');
    const lengthy = [
      `"${'a'.repeat(1_000_000)}"`,
      `[${Array.from({ length: 100_000 }, () => '"a"').join()}]`,
      `{${Array.from({ length: 60_000 }, (_, index) => `"k${index}":"a"`).join()}}`,
      `1,${Array.from({ length: 60_000 }, (_, index) => `"k${index}":1`).join()}`,
    ];
    for (const value of lengthy) {
      const answer = await send(value);
      expect([answer.status, answer.text.length < 8_000]).toEqual([400, true]);
    }
  });

  it.each(CHANGES)('of $id holds no text that cannot be stored', async (operation) => {
    const texts = propertiesOf(operation).filter(([, schema]) => typeOf(schema) === 'string');
    const headers = { 'content-type': 'application/json' };
    const raws = texts.flatMap(([name]) => {
      const { [name]: replaced, ...others } = goodBody(operation, world.own);
      return ['a\\u0000b', '\\ud800', '\\udc00\\ud800'].map((value) => withMember(others, `"${name}":"${value}"`));
    });
    const statuses = await inBatches(raws, async (raw) => (await world.ask(operation, { raw, headers })).status);
    const expected = COMPARED[operation.id] ?? [400];
    expect(statuses.filter((status) => !expected.includes(status))).toEqual([]);
  });
});

describe('A published document', () => {
  let world: FullWorld;

  beforeAll(async () => {
    world = await aFullWorld();
  });

  afterAll(() => world.close());

  it.each(Object.entries(OURS))('does not decide about %s', async (name, value) => {
    const answer = await world.call('POST', '/registries/tools/v0.1/publish', {
      token: world.acme.admin,
      body: aServer({ version: '9.0.0', [name]: value }),
    });
    expect(answer.status).toBe(422);
    const { data } = (await world.call('GET', '/v0/registries', { token: world.acme.admin })).json<{
      data: { name: string; visibility: string }[];
    }>();
    expect(data).toEqual([expect.objectContaining({ name: 'tools', visibility: 'private' })]);
    expect(await world.db.query(`select from server_version where version = '9.0.0'`)).toEqual([]);
  });
});
