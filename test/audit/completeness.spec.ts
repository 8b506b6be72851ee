import { AUDIT_ACTIONS } from '@portolan/audit';
import { idsOf, pathOf, type Ids } from '../security/attacks/management-api';
import { MISSING } from '../security/fixture';
import { storedRows } from '../security/stored-rows';
import type { Answer } from '../support/http';
import { fillEveryTable } from '../support/every-table';
import { aServer, aWorld, type World } from '../support/world';
import {
  MUTATIONS,
  usualBody,
  type Attempt,
  type Difference,
  type Mutation,
  type Refused,
  type Scene,
} from './completeness.table';

const UNLIMITED = '100000/1000000';
const READS = ['get', 'head', 'options'];
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const AGENT = 'completeness';
const HEADERS = { traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01`, 'user-agent': AGENT };
/** What grows with every row. */
const TRAIL = ['audit_log', 'audit_unsealed', 'audit_person', 'audit_personal'];
const SECRET = /ptl_[a-z]{3}_\w{8}|\$argon2|pass phrase|correct horse|client_secret":"|"Bearer /;
const ADDRESS = /[\w.+-]+@(?:[\w-]+\.)+(?:com|invalid)/;

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly hasBody: boolean;
}

interface Row extends Difference {
  readonly id: string;
  readonly action: string;
  readonly result: string;
  readonly request_id: string;
}

interface Description {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly operationId: string; readonly requestBody?: unknown }>>>
  >;
}

const CASES = Object.entries(MUTATIONS).flatMap(([id, one]) => ('none' in one ? [] : [[id, one] as const]));

describe('The audit trail', () => {
  let world: World;
  let operations: Map<string, Operation>;
  let viewer: string;
  let administrator: { user_id: string; id: string };
  let made = 0;

  beforeAll(async () => {
    world = await aWorld({
      RATE_LIMIT_READ: UNLIMITED,
      RATE_LIMIT_WRITE: UNLIMITED,
      RATE_LIMIT_AUTH: UNLIMITED,
      RATE_LIMIT_EXPORT: UNLIMITED,
    });
    viewer = await world.aSystemAccount(world.acme, [{ role: 'Viewer', on: '*' }]);
    const [token] = await world.db.query<{ user_id: string; id: string }>(
      `select user_id, id from access_token where public_id = $1`,
      [world.acme.admin.slice(8, 20)],
    );
    administrator = token ?? { user_id: '', id: '' };
    await world.aRegistry(world.globex, 'tools');
    const described = async (path: string, base: string) =>
      Object.entries((await world.call('GET', path)).json<Description>().paths).flatMap(([at, methods]) =>
        Object.entries(methods)
          .filter(([method]) => !READS.includes(method))
          .map(
            ([method, { operationId, requestBody }]) =>
              [
                operationId,
                { method: method.toUpperCase(), path: base + at, hasBody: requestBody !== undefined },
              ] as const,
          ),
      );
    operations = new Map([
      ...(await described('/openapi.json', '')),
      ...(await described('/registries/x/openapi.json', '/registries/{registryIdentifier}')),
    ]);
    await world.db.query(
      `create function fail_at_commit() returns trigger language plpgsql as
       $$ begin raise exception 'this commit fails'; end $$`,
    );
  });

  afterAll(() => world.close());

  async function aScene(): Promise<Scene> {
    const name = `scene-${(made += 1)}`;
    const { acme } = world;
    const registryId = await world.aRegistry(acme, name);
    // An organization may have few.
    await world.db.query('delete from audit_destination');
    await world.db.query('delete from mirror');
    await world.db.query('delete from upstream where not built_in');
    await world.publish(acme, registryId, aServer());
    const rows = await fillEveryTable(world.db, acme.id, registryId, name);
    const ids = idsOf(rows, registryId, acme.id, acme.name);
    return { world, made, viewer, ids: { ...ids, serverName: 'com.example%2Fweather', version: '1.0.0' } };
  }

  function operation(id: string): Operation {
    const found = operations.get(id);
    if (!found) throw new Error(`${id} is no operation`);
    return found;
  }

  function ask(id: string, { ids }: Scene, { instead = {}, suffix = '', token, ...rest }: Attempt): Promise<Answer> {
    const { method, path } = operation(id);
    const credential = token === '' ? {} : { token: token ?? world.acme.admin };
    const headers = { ...HEADERS, ...rest.headers };
    return world.call(method, pathOf({ path }, ids, instead) + suffix, { ...rest, ...credential, headers });
  }

  function all(): Promise<Row[]> {
    return world.db.query<Row>(`select * from audit_log order by occurred_at, id`);
  }

  /** What the trail of any organization got by this, and all else that changed. */
  async function effectOf(work: () => Promise<Answer>) {
    const organizations = (await world.db.query<{ id: string }>('select id from organization')).map(({ id }) => id);
    const stored = () => storedRows(world.db, organizations, TRAIL);
    const [known, before] = [new Set((await all()).map(({ id }) => id)), await stored()];
    const answer = await work();
    const rows = (await all()).filter(({ id }) => !known.has(id));
    return { answer, rows, isUnchanged: JSON.stringify(await stored()) === JSON.stringify(before) };
  }

  function wrongOf(id: string, attempt: Attempt): Attempt {
    const { hasBody, path } = operation(id);
    if (hasBody) return { ...attempt, body: { unknown_field: 1 } };
    const last = [...path.matchAll(/\{(\w+)\}/g)].at(-1)?.[1] ?? '';
    return { ...attempt, instead: { ...attempt.instead, [last]: MISSING } };
  }

  function expectedRow(id: string, { action }: Mutation, ids: Ids, answer: Answer) {
    const { path } = operation(id);
    const created = action.endsWith('.create') || action === 'role.assign';
    const last = [...path.matchAll(/\{(\w+)\}/g)].at(-1)?.[1];
    const registry = path.includes('{registryIdentifier}') ? (ids.registryIdentifier ?? null) : null;
    return {
      org_id: world.acme.id,
      action,
      result: 'success',
      reason: null,
      kind: AUDIT_ACTIONS[action].kind,
      principal_type: 'user',
      principal_id: administrator.user_id,
      principal_name: null,
      credential_id: administrator.id,
      on_behalf_of_type: null,
      on_behalf_of_id: null,
      request_id: answer.headers['x-request-id'],
      trace_id: TRACE_ID,
      address: '127.0.0.1',
      user_agent: AGENT,
      target_type: AUDIT_ACTIONS[action].target,
      target_id: created
        ? answer.json<{ id: string }>().id
        : pathOf({ path: `/v0/${partOf(path)}/{${last ?? ''}}` }, ids)
            .split('/')
            .at(-1),
      registry_id: registry,
    };
  }

  it('knows every operation that could change something, and none that is gone', () => {
    expect(Object.keys(MUTATIONS).sort()).toEqual([...operations.keys()].sort());
  });

  describe.each(CASES)('of %s', (id, mutation) => {
    let scene: Scene;
    let attempt: Attempt;
    let difference: Difference | ((answer: Answer) => Difference);

    beforeAll(async () => {
      scene = await aScene();
      const done = (await mutation.done?.(scene)) ?? { attempt: {} };
      const body = done.attempt.body ?? (operation(id).hasBody ? usualBody(id, scene.ids) : undefined);
      attempt = { ...done.attempt, ...(body === undefined ? {} : { body }) };
      difference = done.row ?? {};
    });

    it('gets nothing when the request is wrong', async () => {
      const wrong = mutation.wrong?.(scene, attempt) ?? wrongOf(id, attempt);
      const { answer, rows, isUnchanged } = await effectOf(() => ask(id, scene, wrong));
      expect([400, 404, 409, 410, 422]).toContain(answer.status);
      expect([rows, isUnchanged]).toEqual([[], true]);
    });

    const { refused: refusal } = mutation;
    if (typeof refusal !== 'string')
      it('gets exactly one row when somebody is refused', async () => {
        const refused: Refused = (await refusal?.(scene, attempt)) ?? { attempt: { ...attempt, token: viewer } };
        const { answer, rows, isUnchanged } = await effectOf(() => ask(id, scene, refused.attempt));
        const { status = 403, action = 'permission.deny' } = refused;
        expect([answer.status, isUnchanged]).toEqual([status, true]);
        const row = { org_id: world.acme.id, action, result: 'denied', request_id: answer.headers['x-request-id'] };
        expect(rows).toEqual([expect.objectContaining(row)]);
      });

    it('gets nothing when the change is undone at its commit', async () => {
      await world.db.query(
        `create constraint trigger fails after insert on audit_unsealed deferrable initially deferred
         for each row execute function fail_at_commit()`,
      );
      try {
        const { answer, rows, isUnchanged } = await effectOf(() => ask(id, scene, attempt));
        expect([answer.status, rows, isUnchanged]).toEqual([500, [], true]);
      } finally {
        await world.db.query('drop trigger fails on audit_unsealed');
      }
    });

    it('gets exactly one row with who, what and where when it is done', async () => {
      const { answer, rows } = await effectOf(() => ask(id, scene, attempt));
      expect([answer.text, answer.status < 300]).toEqual([answer.text, true]);
      const ids = { ...scene.ids, ...attempt.instead };
      const own = typeof difference === 'function' ? difference(answer) : difference;
      const row = { ...expectedRow(id, mutation, ids, answer), ...own };
      expect(rows).toEqual([expect.objectContaining(row)]);
      expect(rows[0]).toMatchObject(parentOf(mutation.action, operation(id).path, ids, row.registry_id ?? null));
    });
  });

  it('gets nothing from a document that is validated', async () => {
    const scene = await aScene();
    for (const [body, status] of [
      [aServer(), 200],
      [{}, 422],
    ] as const) {
      const { answer, rows, isUnchanged } = await effectOf(() => ask('validateServer', scene, { body }));
      expect([answer.status, rows, isUnchanged]).toEqual([status, [], true]);
    }
  });

  it.each(CASES.filter(([id]) => /registr|Server|Version|capability|mirror/.test(id) && id !== 'create-registry'))(
    'gets exactly one row from %s when the registry is hidden or not there, and its owner gets none',
    async (id) => {
      const scene = await aScene();
      const [foreign] = await world.db.query<{ id: string }>('select id from registry where org_id = $1', [
        world.globex.id,
      ]);
      for (const registryIdentifier of [foreign?.id ?? '', MISSING]) {
        const attempt = { body: usualBody(id, scene.ids) ?? aServer(), instead: { registryIdentifier } };
        const { answer, rows, isUnchanged } = await effectOf(() => ask(id, scene, attempt));
        expect([answer.status, isUnchanged]).toEqual([404, true]);
        const row = { org_id: world.acme.id, action: 'permission.deny', result: 'denied', registry_id: null };
        expect(rows).toEqual([expect.objectContaining(row)]);
      }
    },
  );

  it('holds no secret, and what can never be erased holds neither name nor address of a person', async () => {
    const people = await world.db.query<{ name: string }>(
      `select distinct name from audit_person where name is not null union select full_name from user_account
       union select preferred_name from user_account where length(preferred_name) > 2`,
    );
    const rows = await world.db.query<{ text: string; id: string }>(
      `select a.id, (to_jsonb(a) - 'user_agent')::text as text from audit_log a`,
    );
    const beside = await world.db.query<{ text: string }>(
      `select to_jsonb(p)::text as text from audit_personal p union all select to_jsonb(p)::text from audit_person p`,
    );
    for (const { text } of [...rows, ...beside]) expect(text).not.toMatch(SECRET);
    for (const { text } of rows) {
      expect(text).not.toMatch(ADDRESS);
      expect(people.filter(({ name }) => text.includes(name))).toEqual([]);
    }
    expect(people.length).toBeGreaterThan(50);
  });
});

function partOf(path: string): string {
  return /^\/v0\/([a-z-]+)/.exec(path)?.[1] ?? '';
}

/** What a target of an operation belongs to. */
function parentOf(action: string, path: string, ids: Ids, registryId: string | null) {
  const owners: Readonly<Record<string, readonly [string, string | undefined]>> = {
    users: ['user', ids.userId],
    'system-accounts': ['system_account', ids.accountId],
    teams: ['team', ids.teamId],
  };
  const [type, id] = ((): readonly [string | null, string | null | undefined] => {
    if (/^(token|role)\.|^session\.end/.test(action) && owners[partOf(path)])
      return owners[partOf(path)] ?? [null, null];
    if (action.startsWith('team_mapping.')) return ['identity_provider', ids.providerId];
    if (action.startsWith('audit_replay.')) return ['audit_destination', ids.destinationId];
    if (action.startsWith('mirror.run.')) return ['mirror', ids.mirrorId];
    return registryId !== null && !action.startsWith('registry.') ? ['registry', registryId] : [null, null];
  })();
  return action.startsWith('session.') && !owners[partOf(path)]
    ? { parent_type: 'user' }
    : { parent_type: type, parent_id: id };
}
