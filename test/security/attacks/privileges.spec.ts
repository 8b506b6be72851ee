import type { Answer } from '../../support/http';
import { grant, idOf, predefinedTeam } from '../../e2e/access/support/identity';
import { change, idp, KEY, role, statusOf, useJwtWorld, world as jwtWorld } from '../jwt-world';
import {
  aFullWorld,
  CHANGES,
  complaint,
  goodBody,
  pathOf,
  resolved,
  type FullWorld,
  type Ids,
  type ManagementOperation,
  type Schema,
} from './management-api';

/** Members of a body by which somebody gets a right. */
const GIVING = ['team_id', 'team_ids', 'role_name', 'claim_rules'];
/** Operations that give rights by what their path names. */
const GIVING_PATHS =
  /\/(teams\/\{teamId\}\/(users|system-accounts)|system-accounts\/\{accountId\}\/access-tokens)(\/|$)/;

function membersOf(schema: Schema | null, depth = 0): string[] {
  if (schema === null || depth > 3) return [];
  const members = Object.entries(schema.properties ?? {});
  return members.flatMap(([name, member]) => {
    const target = resolved(member);
    return [
      name,
      ...membersOf(target, depth + 1),
      ...membersOf(target.items ? resolved(target.items) : null, depth + 1),
    ];
  });
}

const givesRights = (operation: ManagementOperation) =>
  GIVING_PATHS.test(operation.path) || membersOf(operation.body).some((name) => GIVING.includes(name));

const ADMIN = { role_name: 'Admin', entity_type_name: 'MCP Registries', entity_id: '*' };

describe('Whoever manages identity and nothing else', () => {
  let world: FullWorld;
  let token: string;
  let account: string;
  let administrators: string;
  /** Things of acme, of which the system account may do everything with registries. */
  let things: Ids;

  /** How each operation could be misused: a path, if it is another one, and a body. */
  const misuses: Readonly<Record<string, () => { ids?: Ids; bodies: readonly object[] }>> = {
    'assign-user-role': () => ({ bodies: [ADMIN, { ...ADMIN, role_name: 'Viewer' }] }),
    'assign-team-role': () => ({ bodies: [ADMIN, { ...ADMIN, entity_type_name: 'Audit Logs' }] }),
    'assign-system-account-role': () => ({ ids: { accountId: account }, bodies: [ADMIN] }),
    'add-team-user': () => ({ ids: { teamId: administrators }, bodies: [{ id: things.userId }] }),
    'add-team-system-account': () => ({ ids: { teamId: administrators }, bodies: [{ id: account }] }),
    'create-invite': () => ({ bodies: [{ email: 'eve@example.com', team_ids: [administrators] }] }),
    'create-issuer': () => ({
      bodies: [{ team_id: administrators }, { role: ADMIN }].map((gift) => ({
        ...goodBody({ id: 'create-issuer' }, things),
        claim_rules: [{ claim: 'sub', value: 'eve', ...gift }],
      })),
    }),
    'update-issuer': () => ({ bodies: [{ claim_rules: [{ claim: 'sub', value: 'eve', team_id: administrators }] }] }),
    'create-team-group-mapping': () => ({ bodies: [{ team_id: administrators, group: 'eve' }] }),
    'create-system-account-token': () => ({ bodies: [{ name: 'eve' }] }),
    'update-system-account-token': () => ({ bodies: [{ name: 'eve' }] }),
    'rotate-system-account-token': () => ({ bodies: [{}] }),
  };

  beforeAll(async () => {
    world = await aFullWorld();
    things = world.own;
    token = await world.aSystemAccount(world.acme);
    account = await idOf(world, token);
    await grant(world, world.acme, { type: 'system_account', id: account }, ['Admin', 'Identity']);
    administrators = await predefinedTeam(world, world.acme, 'Organization Admin');
    const machine = { type: 'system_account', id: things.accountId ?? '' } as const;
    await grant(world, world.acme, machine, ['Admin', 'MCP Registries']);
  });

  afterAll(() => world.close());

  it('is known to try every operation that gives rights', () => {
    expect(Object.keys(misuses).sort()).toEqual(
      CHANGES.filter(givesRights)
        .map(({ id }) => id)
        .sort(),
    );
  });

  it.each(CHANGES.filter(givesRights))('gives nobody by $id what he has not himself', async (operation) => {
    const { ids = {}, bodies } = misuses[operation.id]?.() ?? { bodies: [] };
    const changes = await world.changes();
    for (const body of bodies) {
      const answer = await world.call(operation.method, pathOf(operation, things, ids), { token, body });
      expect([body, complaint(answer)]).toEqual([body, '403 privilege_ceiling']);
    }
    expect(bodies.length).toBeGreaterThan(0);
    expect(await world.changes()).toBe(changes);
    const { data } = (await world.call('GET', '/v0/registries', { token })).json<{ data: unknown[] }>();
    expect(data).toEqual([]);
  });
});

describe('Whatever has a name that is its own', () => {
  let world: FullWorld;

  /** Of what is made twice in one organization, or for one owner, only by mistake or with intent. */
  const UNIQUE = [
    'create-organization',
    'create-system-account',
    'create-user-token',
    'create-system-account-token',
    'assign-user-role',
    'assign-team-role',
    'assign-system-account-role',
    'add-team-user',
    'add-team-system-account',
    'create-issuer',
    'create-team-group-mapping',
    'create-capability-url',
    'create-audit-log-destination',
    'create-registry',
    'create-upstream',
    'create-mirror',
    'reserve-namespace',
  ];

  beforeAll(async () => {
    world = await aFullWorld();
  });

  afterAll(() => world.close());

  it('is made by one of the operations tried here', () => {
    const conflicting = CHANGES.filter(
      ({ method, path, statuses }) => method === 'POST' && !path.endsWith('/rotate') && statuses.includes('201'),
    ).filter(({ statuses }) => statuses.includes('409'));
    // An invite that is sent again replaces the first; of identity providers there may be many.
    const others = ['create-invite', 'create-identity-provider'];
    expect(conflicting.map(({ id }) => id).sort()).toEqual([...UNIQUE, ...others].sort());
  });

  it.each(CHANGES.filter(({ id }) => UNIQUE.includes(id)))(
    'is there once, however often $id is sent',
    async (operation) => {
      const [user, machine] = [await world.aUser(world.acme), await world.aSystemAccount(world.acme)];
      const fresh = { ...world.own, userId: await idOf(world, user), accountId: await idOf(world, machine) };
      // The registry has one of the same upstream.
      if (operation.id === 'create-mirror') await world.db.query('delete from mirror');
      const ids = operation.id === 'create-user-token' ? { ...fresh, userId: 'me' } : fresh;
      const answers = await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          const path = pathOf(operation, ids);
          const { status } = await world.ask({ ...operation, path }, { body: bodyOf(operation, ids, index) });
          return status;
        }),
      );
      expect(answers.sort()).toEqual([201, ...Array.from({ length: 19 }, () => 409)]);
    },
  );

  function bodyOf(operation: ManagementOperation, ids: Ids, index: number): Record<string, unknown> {
    const body = goodBody(operation, ids);
    if (operation.path.includes('assigned-roles')) return { ...body, ...ADMIN };
    // An audience is nobody else's either.
    return operation.id === 'create-issuer' ? { ...body, audiences: [`audience-${index}`] } : body;
  }
});

describe('Somebody who does the same thing again and again', () => {
  it('makes as many invites as changes are allowed, and organizations not at all', async () => {
    const world = await aFullWorld({ RATE_LIMIT_WRITE: '0.001/20' });
    try {
      const invite = (index: number) =>
        world.call('POST', '/v0/invites', { token: world.acme.admin, body: { email: `eve${index}@example.com` } });
      const answers: Answer[] = [];
      for (let index = 0; index < 60; index += 1) answers.push(await invite(index));
      const made = answers.filter(({ status }) => status === 201);
      expect(made.length).toBeLessThanOrEqual(20);
      expect(made.length).toBeGreaterThan(0);
      for (const { status, headers } of answers.slice(made.length)) {
        expect(status).toBe(429);
        expect(Number(headers['retry-after'])).toBeGreaterThan(0);
      }
      const users = await world.db.query(`select from user_account where email like 'eve%'`);
      expect(users).toHaveLength(made.length);
      const organizations = () => world.db.query('select from organization');
      const before = await organizations();
      for (let index = 0; index < 10; index += 1) {
        const body = { name: `squatted-${index}` };
        const answer = await world.call('POST', '/v0/organizations', { token: await world.aUser(world.globex), body });
        expect(answer.status).toBe(403);
      }
      expect(await organizations()).toEqual(before);
    } finally {
      await world.close();
    }
  });
});

describe('An account that was made anew under the name of another', () => {
  useJwtWorld();

  const of = (owner: string, id: unknown) =>
    idp.token(KEY, { repository_owner: owner, repository_owner_id: id, sub: `repo:${owner}/servers:ref:main` });

  it('gets nothing from a rule on the id of its owner, which nobody can have again', async () => {
    await change({ claim_rules: [{ claim: 'repository_owner_id', value: '1001', role: role('Viewer') }] });
    expect(await statusOf(of('octo-org', '1001'))).toBe(200);
    expect(await statusOf(of('renamed-org', '1001'))).toBe(200);
    for (const id of [
      '2002',
      '01001',
      '1001 ',
      ' 1001',
      '1001\u0000',
      '10010',
      ['2002'],
      { 1001: true },
      true,
      null,
      undefined,
    ])
      expect([id, await statusOf(of('octo-org', id))]).toEqual([id, 404]);
    const subjects = await jwtWorld.db.query<{ subject: string }>('select subject from issuer_subject order by 1');
    expect(subjects.map(({ subject }) => subject)).toEqual([
      'repo:octo-org/servers:ref:main',
      'repo:renamed-org/servers:ref:main',
    ]);
  });
});
