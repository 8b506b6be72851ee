import { aServer } from '../support/world';
import { ask, change, foreign, idp, KEY, member, own, role, statusOf, trust, useJwtWorld, world } from './jwt-world';

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
    `${world.url}/registries/${own}`,
    `${world.url}/v0/registries/${own}`,
    `${world.url}/o/acme/registries/tools`,
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
    const theirs = member(KEY, { aud: `${world.url}/registries/${foreign}` });
    expect(await statusOf(theirs, `/registries/${foreign}/v0.1/servers`)).toBe(200);
    expect(await statusOf(theirs)).toBe(401);
  });
});

describe('Two organizations that trust one issuer', () => {
  const admins = { claim_rules: [{ claim: 'groups', value: 'platform', role: role('Admin') }] };
  const listed = async (token: string) =>
    (await ask(token, '/v0/registries')).json<{ data: { id: string }[] }>().data.map(({ id }) => id);

  it('are told apart by their audiences', async () => {
    await trust(world.globex, idp, { audiences: ['portolan-globex'], ...admins });
    const theirs = member(KEY, { aud: 'portolan-globex' });
    expect([await listed(member()), await listed(theirs)]).toEqual([[own], [foreign]]);
    expect([await statusOf(member()), await statusOf(theirs)]).toEqual([200, 404]);
    expect(await statusOf(member(), `/registries/${foreign}/v0.1/servers`)).toBe(404);
    expect(await statusOf(member(), '/o/globex/registries/tools/v0.1/servers')).toBe(404);
    expect((await world.db.query('select 1 from issuer_subject')).length).toBe(2);
  });

  it('are told apart by the registry that is asked for when they take the same audience', async () => {
    await trust(world.globex, idp, admins);
    expect(await statusOf(member())).toBe(200);
    expect(await statusOf(member(), '/o/acme/registries/tools/v0.1/servers')).toBe(200);
    expect(await statusOf(member(), `/registries/${foreign}/v0.1/servers`)).toBe(200);
    expect(await statusOf(member(), '/v0/registries')).toBe(401);
    expect(await statusOf(member(), '/registries/tools/v0.1/servers')).toBe(401);
  });

  it('hide their registries from a subject of both that may not know them as if they were not there', async () => {
    await trust(world.globex, idp);
    const nobody = idp.token(KEY, { groups: ['others'] });
    for (const [there, missing] of [
      [`/registries/${foreign}`, `/registries/${MISSING}`],
      ['/o/globex/registries/tools', '/o/globex/registries/tooth'],
      [`/v0/registries/${own}`, `/v0/registries/${MISSING}`],
    ]) {
      const [one, other] = [await ask(nobody, `${there}/v0.1/servers`), await ask(nobody, `${missing}/v0.1/servers`)];
      expect([one.status, one.masked, one.challenge]).toEqual([other.status, other.masked, other.challenge]);
    }
  });
});
