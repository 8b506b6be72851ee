import { createHmac } from 'node:crypto';
import { startOidcProvider } from '../support/oidc';
import { aScriptedIssuer, aSigningKey, base64urlOf, signJwt, type SigningKey } from '../support/scripted-issuer';
import { TOLD } from '../support/told';
import { aServer } from '../support/world';
import {
  ask,
  AUDIENCE,
  change,
  foreign,
  idp,
  issuer,
  KEY,
  member,
  ORIGIN,
  own,
  role,
  RSA,
  seconds,
  statusOf,
  team,
  trust,
  useJwtWorld,
  world,
} from './jwt-world';

const EVIL = aSigningKey('first');

useJwtWorld();

describe('A JWT of a trusted issuer', () => {
  it('reads a registry as a member of a mapped team, and may do no more', async () => {
    const answer = await ask(member());
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('com.example/weather');
    expect(await statusOf(member(), `/registries/${own}/v0.1/publish`, 'POST', aServer({ version: '2.0.0' }))).toBe(
      403,
    );
    expect(await statusOf(member(), `/v0/registries/${own}`, 'DELETE')).toBe(403);
    expect(await statusOf(member(), '/v0/identity/issuers')).toBe(403);
  });

  it('is good at every base, and in X-API-Key', async () => {
    for (const base of [`/registries/${own}`, '/registries/tools', `/v0/registries/${own}`, '/o/acme/registries/tools'])
      expect([base, await statusOf(member(), `${base}/v0.1/servers`)]).toEqual([base, 200]);
    const answer = await world.call('GET', '/registries/tools/v0.1/servers', { headers: { 'x-api-key': member() } });
    expect(answer.status).toBe(200);
  });

  it('of nobody whom a rule matches is signed in, may do nothing and leaves nothing behind', async () => {
    const nobody = idp.token(KEY, { groups: ['others'] });
    expect((await ask(nobody, '/v0/registries')).json()).toMatchObject({ data: [], meta: { page: { total: 0 } } });
    expect(await statusOf(nobody)).toBe(404);
    expect(await world.db.query('select 1 from issuer_subject')).toEqual([]);
    expect(await statusOf(member())).toBe(200);
    expect(await world.db.query('select subject from issuer_subject')).toEqual([{ subject: 'agent-1' }]);
  });

  it('gives what all of its rules give together, and the same subject however often it is shown', async () => {
    await change({
      claim_rules: [
        { claim: 'groups', value: 'platform', team_id: team },
        { claim: 'sub', value: 'agent-1', role: role('Publisher', own) },
      ],
    });
    const publish = (version: string) =>
      statusOf(member(), `/registries/${own}/v0.1/publish`, 'POST', aServer({ version }));
    expect(await Promise.all([publish('3.0.0'), publish('3.0.1'), publish('3.0.2')])).toEqual([200, 200, 200]);
    expect(await world.db.query('select 1 from issuer_subject')).toHaveLength(1);
    const actors = await world.db.query(
      `select distinct principal_type, principal_name, principal_id = (select id from issuer_subject) as same
       from ${TOLD} where action = 'server.version.publish'`,
    );
    expect(actors).toEqual([{ principal_type: 'jwt_subject', principal_name: 'idp/agent-1', same: true }]);
  });

  it('whose rule gives Creator makes its subject the Admin of what it creates, and of nothing else', async () => {
    await change({ claim_rules: [{ claim: 'department', value: 'tools', role: role('Creator') }] });
    const creator = idp.token(KEY, { sub: 'creator', department: 'tools' });
    const created = await ask(creator, '/v0/registries', 'POST', { name: 'made-by-agent' });
    expect(created.status).toBe(201);
    const { id } = created.json<{ id: string }>();
    const edit = { description: 'mine' };
    expect(await statusOf(creator, `/v0/registries/${id}`, 'PATCH', edit)).toBe(200);
    expect(await statusOf(creator, `/v0/registries/${own}`, 'PATCH', edit)).toBe(403);
    const other = idp.token(KEY, { sub: 'other', department: 'tools' });
    expect(await statusOf(other, `/v0/registries/${id}`, 'PATCH', edit)).toBe(403);
    expect(await statusOf(creator, `/v0/registries/${id}`, 'DELETE')).toBe(204);
  });

  it('has a subject of whom an admin can ask why it may read a registry', async () => {
    expect(await statusOf(member())).toBe(200);
    const [subject] = await world.db.query<{ id: string }>('select id from issuer_subject');
    const answer = await world.call('GET', `/v0/registries/${own}/access?principal=${subject?.id}`, {
      token: world.acme.admin,
    });
    expect([answer.status, answer.json()]).toMatchObject([
      200,
      { principal: { id: subject?.id, type: 'jwt_subject' } },
    ]);
  });

  it('of a real OpenID provider reads as a member of a mapped team', async () => {
    const provider = await startOidcProvider();
    try {
      await trust(world.acme, { url: provider.issuer }, { name: 'provider' });
      const token = (groups: readonly string[]) =>
        provider.token({ sub: 'alice', aud: AUDIENCE, scope: 'mcp-registry:read', groups });
      expect(await statusOf(await token(['platform']))).toBe(200);
      expect(await statusOf(await token(['others']))).toBe(404);
      expect(await statusOf(await provider.token({ sub: 'alice', aud: 'other', groups: ['platform'] }))).toBe(401);
    } finally {
      await provider.close();
    }
  });
});

// In the order of the list of pitfalls that reviewers of JWT validation go by.
describe('The fifteen pitfalls of JWT validation: 401, alike to the byte, for', () => {
  /** The answer to what is no token at all. */
  const refused = async (tokens: readonly string[], path?: string) => {
    const garbage = await ask('garbage', path);
    expect(garbage.status).toBe(401);
    for (const token of tokens) {
      const { masked, challenge, status } = await ask(token, path);
      expect([status, masked, challenge]).toEqual([401, garbage.masked, garbage.challenge]);
    }
  };
  const claims = () => ({
    iss: idp.url,
    sub: 'agent-1',
    aud: AUDIENCE,
    groups: ['platform'],
    iat: seconds(),
    exp: seconds() + 600,
  });

  it('1: alg none, and a public key as the secret of an HMAC', async () => {
    const unsigned = ['none', 'None', 'NONE'].map(
      (alg) => `${base64urlOf({ alg, kid: 'first' })}.${base64urlOf(claims())}.`,
    );
    const hmac = ['HS256', 'HS384', 'HS512'].map((alg) => {
      const signed = `${base64urlOf({ alg, kid: 'rsa' })}.${base64urlOf(claims())}`;
      const pem = RSA.publicKey.export({ type: 'spki', format: 'pem' });
      return `${signed}.${createHmac(`sha${alg.slice(2)}`, pem)
        .update(signed)
        .digest('base64url')}`;
    });
    await refused([...unsigned, ...hmac, member(KEY, {}, { alg: 'RS256' }), member({ ...RSA, alg: 'PS256' })]);
  });

  it('2: a kid that is a path, an SQL text or a URL', async () => {
    const kids = ['../../dev/null', "' OR 1=1 --", '__proto__', `${idp.url}/jwks`, undefined];
    await refused(kids.map((kid) => member(KEY, {}, { kid })));
    expect(new Set(idp.requests)).toEqual(new Set(['/.well-known/openid-configuration', '/jwks']));
  });

  it('3: keys, and addresses of keys, in the header; nobody is asked', async () => {
    const trap = await aScriptedIssuer(AUDIENCE);
    trap.keys = [EVIL.jwk];
    const headers = [{ jku: `${trap.url}/jwks` }, { x5u: `${trap.url}/jwks` }, { jwk: EVIL.jwk }, { x5c: ['AAAA'] }];
    await refused(headers.map((header) => member(EVIL, {}, header)));
    expect(trap.requests).toEqual([]);
    await trap.close();
  });

  it('4: an issuer that nobody registered; it is not asked', async () => {
    const stranger = await aScriptedIssuer(AUDIENCE);
    stranger.keys = [EVIL.jwk];
    await refused([
      stranger.token(EVIL, { groups: ['platform'] }),
      member(KEY, { iss: stranger.url }),
      member(KEY, { iss: `${idp.url}/` }),
      member(KEY, { iss: undefined }),
      member(KEY, { iss: [idp.url] }),
      member(KEY, { iss: `${idp.url}\u0000` }),
    ]);
    expect(stranger.requests).toEqual([]);
    await stranger.close();
  });

  it('5: an issuer of another organization, which may vouch for its own subjects only', async () => {
    const theirs = await aScriptedIssuer(`${ORIGIN}/o/globex`);
    theirs.keys = [EVIL.jwk];
    await trust(world.globex, theirs);
    const token = theirs.token(EVIL, { sub: 'agent-1', groups: ['platform'] });
    expect([await statusOf(token), await statusOf(token, `/registries/${foreign}/v0.1/servers`)]).toEqual([404, 404]);
    expect((await ask(token, '/v0/registries')).json()).toMatchObject({ data: [] });
    await refused([
      theirs.token(EVIL, { iss: idp.url, groups: ['platform'] }),
      theirs.token(EVIL, { aud: AUDIENCE, groups: ['platform'] }),
    ]);
    await theirs.close();
  });

  it('6: another audience, none, and ours beside others', async () => {
    const audiences = [
      'other',
      [AUDIENCE, 'other'],
      [AUDIENCE, AUDIENCE],
      [],
      undefined,
      null,
      5,
      AUDIENCE.toUpperCase(),
      `${ORIGIN}/o/`,
      `${ORIGIN}/o/missing`,
      `${AUDIENCE}\u0000`,
      `${AUDIENCE}/`,
      '\u0000',
    ];
    await refused(audiences.map((aud) => member(KEY, { aud })));
  });

  it('7: an ID token, and tokens of other types', async () => {
    await refused([
      ...[{ nonce: 'n' }, { at_hash: 'h' }, { c_hash: 'h' }, { token_use: 'id' }].map((id) => member(KEY, id)),
      ...['logout+jwt', 'secevent+jwt', 5].map((typ) => member(KEY, {}, { typ })),
    ]);
  });

  it('8: no exp, no iat, expired by 61 s, issued in 10 minutes, valid for years', async () => {
    await refused([
      member(KEY, { exp: undefined }),
      member(KEY, { iat: undefined }),
      member(KEY, { iat: seconds() - 600, exp: seconds() - 61 }),
      member(KEY, { iat: seconds() + 600, exp: seconds() + 900 }),
      member(KEY, { exp: seconds() + 3_601 + 60 }),
      member(KEY, { exp: seconds() + 10 * 365 * 86_400 }),
      member(KEY, { nbf: seconds() + 600 }),
    ]);
    expect(await statusOf(member(KEY, { iat: seconds() - 600, exp: seconds() - 30 }))).toBe(200);
  });

  it('9: nothing, when a token is shown again: it is a credential until it expires, and nothing is issued for it', async () => {
    const token = member();
    const answers = await Promise.all(Array.from({ length: 20 }, () => statusOf(token)));
    expect(answers).toEqual(Array(20).fill(200));
    expect(await world.db.query('select 1 from access_token where user_id is null')).toEqual([]);
  });

  it('10: nothing, while the issuer is down or shows no keys, for the last good ones hold', async () => {
    expect(await statusOf(member())).toBe(200);
    for (const outage of [{ keys: [] }, { status: 503 }]) {
      Object.assign(idp, outage);
      expect(await statusOf(member(KEY, { jti: JSON.stringify(outage) }))).toBe(200);
      await refused([member(KEY, {}, { kid: 'unknown' })]);
      expect(await statusOf(member(KEY, { jti: 'after' }))).toBe(200);
    }
  });

  it('11: nobody in a rotation of keys', async () => {
    const rotating = await aScriptedIssuer('rotating');
    rotating.keys = [KEY.jwk];
    await trust(world.acme, rotating, { name: 'rotating', audiences: ['rotating'] });
    const token = (key: SigningKey, jti: number) => rotating.token(key, { groups: ['platform'], jti: String(jti) });
    expect(await statusOf(token(KEY, 0))).toBe(200);
    const next = aSigningKey('second');
    rotating.keys = [KEY.jwk, next.jwk];
    const flow = Array.from({ length: 60 }, (_, index) => statusOf(token(index % 2 === 0 ? KEY : next, index)));
    expect(new Set(await Promise.all(flow))).toEqual(new Set([200]));
    await rotating.close();
  });

  it('12: an issuer whose discovery document is that of another, or leads where it may not', async () => {
    for (const [name, discovery] of Object.entries({
      another: { issuer: 'https://idp.example.com' },
      metadata: { jwks_uri: 'http://169.254.169.254/jwks' },
      file: { jwks_uri: 'file:///etc/passwd' },
    })) {
      const swapped = await aScriptedIssuer(name);
      Object.assign(swapped, { keys: [KEY.jwk], discovery });
      await trust(world.acme, swapped, { name, audiences: [name] });
      await refused([swapped.token(KEY, { groups: ['platform'] })]);
      expect(swapped.requests).toEqual(['/.well-known/openid-configuration']);
      await swapped.close();
    }
  });

  it('13: a name that stands twice, a token of more than 8 KiB, deep nesting, encryption and compression', async () => {
    const header = { alg: 'ES256', kid: 'first' };
    const text = JSON.stringify(claims()).slice(1);
    await refused([
      signJwt(header, `{"sub":"admin",${text}`, KEY),
      signJwt(header, `{"deep":${'['.repeat(500)}${']'.repeat(500)},${text}`, KEY),
      signJwt('{"alg":"none","alg":"ES256","kid":"first"}', claims(), KEY),
      member(KEY, { padding: 'x'.repeat(6_100) }),
      member(KEY, {}, { zip: 'DEF' }),
      member(KEY, {}, { enc: 'A256GCM' }),
      member(KEY, {}, { crit: ['exp'] }),
      `${member()}.x.y`,
    ]);
  });

  it('14: groups that are too many for the token', async () => {
    await refused([member(KEY, { _claim_names: { groups: 'src1' } }), member(KEY, { hasgroups: true })]);
    expect(
      await world.db.query(`select distinct action, reason, principal_name from ${TOLD} where result = 'denied'`),
    ).toEqual([
      {
        action: 'jwt.refuse',
        reason: expect.stringContaining('group overage') as string,
        principal_name: 'idp/agent-1',
      },
    ]);
  });

  it('15: groups that are older than the cap, which counts for tokens that are remembered, too', async () => {
    const token = member();
    expect(await statusOf(token)).toBe(200);
    await change({ max_lifetime_seconds: 300 });
    await refused([token]);
    await change({ max_lifetime_seconds: 600 });
    expect(await statusOf(token)).toBe(200);
  });
});

describe('A remembered token', () => {
  it.each([
    ['disabled', { enabled: false }, 401],
    ['for another audience', { audiences: ['other'] }, 401],
    ['without rules', { claim_rules: [] }, 404],
  ])('is worth no more than its issuer at the next request: %s', async (_, body, status) => {
    const token = member();
    expect(await statusOf(token)).toBe(200);
    await change(body);
    expect(await statusOf(token)).toBe(status);
  });

  it('is worth nothing once its issuer is deleted, and no more than its team may', async () => {
    const token = member();
    expect(await statusOf(token)).toBe(200);
    await world.db.query('update role_assignment set role_name = $2 where team_id = $1', [team, 'Nothing']);
    expect(await statusOf(token)).toBe(404);
    await world.db.query('update role_assignment set role_name = $2 where team_id = $1', [team, 'Viewer']);
    expect(await statusOf(token)).toBe(200);
    await world.call('DELETE', `/v0/identity/issuers/${issuer.id}`, { token: world.acme.admin });
    expect(await statusOf(token)).toBe(401);
  });

  it('is subject to the address list and the suspension of its organization', async () => {
    const token = member();
    expect(await statusOf(token)).toBe(200);
    await world.db.query(
      `update organization set ip_allow_list_enabled = true, allowed_ips = '{198.51.100.0/24}' where id = $1`,
      [world.acme.id],
    );
    const refused = await ask(token);
    expect([refused.status, refused.json().detail]).toEqual([403, expect.stringMatching(/^Your address is not/)]);
    await world.db.query(
      `update organization set ip_allow_list_enabled = false, allowed_ips = '{}', state = 'suspended',
              suspended_reason = 'unpaid' where id = $1`,
      [world.acme.id],
    );
    expect((await ask(token)).json()).toMatchObject({ status: 403, detail: 'The organization is suspended: unpaid' });
    await world.db.query(`update organization set state = 'active', suspended_reason = null where id = $1`, [
      world.acme.id,
    ]);
    expect(await statusOf(token)).toBe(200);
  });
});

describe('A refused token', () => {
  it('is in the audit trail of the organization whose issuer signed it, and of no other', async () => {
    await ask(member(KEY, { exp: seconds() + 4_000 }));
    await ask(member(KEY, { iat: seconds() - 600, exp: seconds() - 300 }), '/v0/registries');
    expect(
      await world.db.query(
        'select org_id, action, result, reason, principal_type, principal_name ' +
          `from ${TOLD} where result = 'denied' order by occurred_at`,
      ),
    ).toEqual(
      ['valid for longer than 3600 seconds', 'expired'].map((reason) => ({
        org_id: world.acme.id,
        action: 'jwt.refuse',
        result: 'denied',
        reason,
        principal_type: 'jwt_subject',
        principal_name: 'idp/agent-1',
      })),
    );
  });

  it('that its issuer did not sign is in none', async () => {
    await ask(member(EVIL));
    await ask(member(KEY, {}, { kid: 'unknown' }));
    await ask(member(KEY, { aud: 'other' }), '/v0/registries');
    expect(await world.db.query(`select action from audit_log where result = 'denied'`)).toEqual([]);
  });

  it('does no harm on a public registry', async () => {
    const shown = await world.aRegistry(world.acme, 'shown', { visibility: 'public' });
    for (const token of [member(EVIL), member(), idp.token(KEY), member(KEY, { aud: 'other' })])
      expect(await statusOf(token, `/registries/${shown}/v0.1/servers`)).toBe(200);
    await world.call('DELETE', `/v0/registries/${shown}`, { token: world.acme.admin });
  });
});
