import { aServer, aWorld } from '../support/world';
import { anIssuer, aTeam } from '../e2e/access/issuer';
import {
  ask,
  AUDIENCE,
  change,
  foreign,
  FREE,
  idp,
  KEY,
  member,
  ORIGIN,
  own,
  role,
  statusOf,
  trust,
  useJwtWorld,
  world,
} from './jwt-world';

const MISSING = '00000000-0000-7000-8000-000000000000';

useJwtWorld();

describe('Scopes', () => {
  let versions = 0;
  const publish = (scope: unknown) =>
    ask(
      member(KEY, { scope }),
      `/registries/${own}/v0.1/publish`,
      'POST',
      aServer({ version: `4.0.${(versions += 1)}` }),
    );

  it('narrow what the rules give, and the answer says so', async () => {
    await change({ claim_rules: [{ claim: 'groups', value: 'platform', role: role('Admin') }] });
    const answer = await publish('mcp-registry:read');
    expect([answer.status, answer.json().detail]).toEqual([403, 'The token lacks the scope that this needs']);
    expect(answer.headers['www-authenticate']).toMatch(
      /^Bearer .*error="insufficient_scope", scope="mcp-registry:read mcp-registry:write"/,
    );
    expect((await publish('mcp-registry:write')).status).toBe(200);
    expect((await publish('mcp-registry:read mcp-registry:write')).status).toBe(200);
    expect((await publish(undefined)).status).toBe(200);
    for (const scope of ['', 'openid', 'mcp-registry', 'mcp-registry:WRITE', 'toString', ['x'], 5])
      expect([scope, (await publish(scope)).status]).toEqual([scope, 403]);
  });

  it('never widen it', async () => {
    const answer = await publish('mcp-registry:read mcp-registry:write identity:edit');
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([403, undefined]);
    const nobody = idp.token(KEY, { scope: 'mcp-registry:read mcp-registry:write' });
    expect(await statusOf(nobody)).toBe(404);
  });
});

describe('A token for the URL of a registry', () => {
  const bases = () => [
    `${ORIGIN}/registries/${own}`,
    `${ORIGIN}/v0/registries/${own}`,
    `${ORIGIN}/o/acme/registries/tools`,
  ];

  it('is good for that registry, by whichever base, and for no other', async () => {
    await change({ claim_rules: [{ claim: 'groups', value: 'platform', role: role('Admin') }] });
    const sibling = await world.aRegistry(world.acme, 'sibling');
    for (const aud of bases()) {
      const token = member(KEY, { aud });
      expect(await statusOf(token, `/registries/${own}/v0.1/servers`)).toBe(200);
      expect(await statusOf(token, '/o/acme/registries/tools/v0.1/servers')).toBe(200);
      expect(await statusOf(token, `/registries/${sibling}/v0.1/servers`)).toBe(401);
      expect(await statusOf(token, `/registries/${foreign}/v0.1/servers`)).toBe(401);
      expect(await statusOf(token, '/v0/registries')).toBe(401);
      expect(await statusOf(token, '/v0/registries', 'POST', { name: 'another' })).toBe(401);
    }
    await world.call('DELETE', `/v0/registries/${sibling}`, { token: world.acme.admin });
  });

  it('is refused by a registry of another organization that trusts the same issuer', async () => {
    await trust(world.globex, idp, { claim_rules: [{ claim: 'groups', value: 'platform', role: role('Admin') }] });
    for (const aud of bases())
      expect(await statusOf(member(KEY, { aud }), `/registries/${foreign}/v0.1/servers`)).toBe(401);
    const theirs = member(KEY, { aud: `${ORIGIN}/registries/${foreign}` });
    expect(await statusOf(theirs, `/registries/${foreign}/v0.1/servers`)).toBe(200);
    expect(await statusOf(theirs)).toBe(401);
  });
});

describe('Two organizations that trust one issuer', () => {
  const admins = { claim_rules: [{ claim: 'groups', value: 'platform', role: role('Admin') }] };
  const listed = async (token: string) =>
    (await ask(token, '/v0/registries')).json<{ data: { id: string }[] }>().data.map(({ id }) => id);

  it('are told apart by the audiences that are their own, wherever the token is shown', async () => {
    await trust(world.globex, idp, admins);
    const theirs = member(KEY, { aud: `${ORIGIN}/o/globex` });
    expect([await listed(member()), await listed(theirs)]).toEqual([[own], [foreign]]);
    expect([await statusOf(member()), await statusOf(theirs)]).toEqual([200, 404]);
    expect(await statusOf(member(), '/registries/tools/v0.1/servers')).toBe(200);
    expect(await statusOf(member(), `/registries/${foreign}/v0.1/servers`)).toBe(404);
    expect(await statusOf(member(), '/o/globex/registries/tools/v0.1/servers')).toBe(404);
    expect((await world.db.query('select 1 from issuer_subject')).length).toBe(2);
  });

  it('are told apart by the organization of the path where both take a free audience', async () => {
    await change({ ...admins, audiences: [FREE] });
    await trust(world.globex, idp, { ...admins, audiences: [FREE] });
    const token = member(KEY, { aud: FREE });
    for (const [path, organization] of [
      [`/registries/${own}`, 'acme'],
      ['/o/acme/registries/tools', 'acme'],
      [`/v0/registries/${foreign}`, 'globex'],
      ['/o/globex/registries/tools', 'globex'],
    ] as const) {
      await world.db.query('delete from audit_log');
      const body = aServer({ version: `5.0.${path.length}` });
      expect([path, await statusOf(token, `${path}/v0.1/publish`, 'POST', body)]).toEqual([path, 200]);
      const [publication] = await world.db.query<{ name: string }>(
        `select o.name from audit_log a join organization o on o.id = a.org_id
         where a.action = 'server.version.publish'`,
      );
      expect([path, publication]).toEqual([path, { name: organization }]);
    }
  });

  it('share a free audience nowhere else, be there one of them or two', async () => {
    await change({ ...admins, audiences: [FREE, AUDIENCE] });
    const token = member(KEY, { aud: FREE });
    const answers = async () => [
      await statusOf(token),
      await statusOf(token, '/o/acme/registries/tools/v0.1/servers'),
      await statusOf(token, '/registries/tools/v0.1/servers'),
      await statusOf(token, `/registries/${MISSING}/v0.1/servers`),
      await statusOf(token, '/v0/registries'),
      await statusOf(token, '/v0/registries', 'POST', { name: 'another' }),
      await statusOf(token, '/o/globex/registries/missing/v0.1/servers'),
    ];
    expect(await answers()).toEqual([200, 200, 401, 401, 401, 401, 401]);
    await trust(world.globex, idp, { ...admins, audiences: [FREE] });
    expect(await answers()).toEqual([200, 200, 401, 401, 401, 401, 404]);
    await change({ enabled: false });
    expect(await answers()).toEqual([401, 401, 401, 401, 401, 401, 404]);
    expect(await world.db.query(`select 1 from registry where name = 'another'`)).toEqual([]);
  });

  it('cannot take away or receive what is meant for the other by its own audience, whatever is stored', async () => {
    await trust(world.globex, idp, admins);
    await world.db.query('update trusted_issuer set audiences = $2 where org_id = $1', [
      world.globex.id,
      [AUDIENCE, ORIGIN, `${ORIGIN}/`, `${ORIGIN}/o/`, `${ORIGIN}/o/acme/`, `${ORIGIN}/registries/${own}`],
    ]);
    expect(await listed(member())).toEqual([own]);
    expect(await statusOf(member(), '/registries/tools/v0.1/servers')).toBe(200);
    expect(await statusOf(member(), `/registries/${foreign}/v0.1/servers`)).toBe(404);
    await change({ audiences: [FREE] });
    for (const aud of [AUDIENCE, `${ORIGIN}/o/acme/`, `${ORIGIN}/registries/${own}`, `${ORIGIN}/`, ORIGIN])
      for (const path of ['/v0/registries', '/registries/tools/v0.1/servers'])
        expect([aud, path, await statusOf(member(KEY, { aud }), path)]).toEqual([aud, path, 401]);
    for (const aud of [AUDIENCE, `${ORIGIN}/o/`, `${ORIGIN}/o/acme/`, `${ORIGIN}/registries/${own}`])
      expect([aud, await statusOf(member(KEY, { aud }), `/registries/${foreign}/v0.1/servers`)]).toEqual([aud, 401]);
  });

  it.each([
    ['their own audiences', AUDIENCE, 404],
    ['a free audience', FREE, 401],
  ])('hide their registries by %s as if they were not there', async (_, audience, status) => {
    const nothing = await aTeam(world, world.acme);
    const rules = { claim_rules: [{ claim: 'groups', value: 'others', team_id: nothing }] };
    await change({ ...rules, audiences: [audience] });
    await trust(world.globex, idp, { audiences: [audience === FREE ? FREE : `${ORIGIN}/o/globex`] });
    const address = (allowed: boolean) =>
      world.db.query(
        `update organization set ip_allow_list_enabled = $1, allowed_ips = '{198.51.100.0/24}' where id = $2`,
        [!allowed, world.acme.id],
      );
    const nobody = idp.token(KEY, { groups: ['others'], aud: audience });
    for (const allowed of [true, false]) {
      await address(allowed);
      for (const [there, missing] of [
        [`/registries/${foreign}`, `/registries/${MISSING}`],
        [`/v0/registries/${own}`, `/v0/registries/${MISSING}`],
        ['/o/globex/registries/tools', '/o/globex/registries/tooth'],
        ['/o/acme/registries/tools', '/o/acme/registries/tooth'],
        ['/registries/tools', '/registries/tooth'],
      ] as const) {
        const [one, other] = [await ask(nobody, `${there}/v0.1/servers`), await ask(nobody, `${missing}/v0.1/servers`)];
        expect([there, one.status, one.masked, one.challenge]).toEqual([
          there,
          other.status,
          other.masked,
          other.challenge,
        ]);
      }
      if (allowed) expect(await statusOf(nobody, `/registries/${own}/v0.1/servers`)).toBe(status);
    }
    await address(true);
  });

  it('hide a registry from tokens for its URL, too', async () => {
    await trust(world.globex, idp);
    const nobody = (aud: string) => idp.token(KEY, { groups: ['others'], aud });
    for (const [path, aud] of [
      [`/registries/${own}`, `${ORIGIN}/registries/${own}`],
      [`/registries/${MISSING}`, `${ORIGIN}/registries/${MISSING}`],
      ['/o/acme/registries/tools', `${ORIGIN}/registries/${own}`],
      ['/o/acme/registries/tools', `${ORIGIN}/o/acme/registries/tools`],
      ['/o/acme/registries/tooth', `${ORIGIN}/o/acme/registries/tooth`],
    ] as const)
      expect([path, await statusOf(nobody(aud), `${path}/v0.1/servers`)]).toEqual([path, 401]);
  });

  it('turn a member away from an address that is not allowed, and tell him so', async () => {
    await change({ audiences: [FREE] });
    await world.db.query(
      `update organization set ip_allow_list_enabled = true, allowed_ips = '{198.51.100.0/24}' where id = $1`,
      [world.acme.id],
    );
    for (const aud of [FREE, `${ORIGIN}/registries/${own}`]) expect(await statusOf(member(KEY, { aud }))).toBe(403);
    await world.db.query(`update organization set ip_allow_list_enabled = false, allowed_ips = '{}' where id = $1`, [
      world.acme.id,
    ]);
    for (const aud of [FREE, `${ORIGIN}/registries/${own}`]) expect(await statusOf(member(KEY, { aud }))).toBe(200);
  });
});

describe('Subjects who hold nothing', () => {
  it('are counted by their address, however many there are', async () => {
    const limited = await aWorld({ RATE_LIMIT_READ: '0.001/5' });
    const asked = async (groups: readonly string[]) => {
      const answers: number[] = [];
      for (let index = 0; index < 8; index += 1) {
        const claims = { sub: `${groups.join()}-${index}`, groups, aud: `${limited.url}/o/acme` };
        const { status } = await limited.call('GET', '/v0/users/me', { token: idp.token(KEY, claims) });
        answers.push(status);
      }
      return answers;
    };
    try {
      await anIssuer(limited, limited.acme, {
        issuer_url: idp.url,
        audiences: undefined,
        claim_rules: [{ claim: 'groups', value: 'platform', role: role('Viewer') }],
      });
      const [members, strangers] = [await asked(['platform']), await asked(['others'])];
      expect(members).not.toContain(429);
      expect(strangers.slice(5)).toEqual([429, 429, 429]);
      expect(strangers.slice(0, 5)).not.toContain(429);
    } finally {
      await limited.close();
    }
  });
});
