import { call as request } from '../support/http';
import type { Ready } from './launcher-harness';

export const KINDS = ['publish', 'edit', 'status', 'registry', 'role', 'token'] as const;

type Kind = (typeof KINDS)[number];

const ACTIONS: Readonly<Record<Kind, string>> = {
  publish: 'server.version.publish',
  edit: 'server.version.edit',
  status: 'server.version.status',
  registry: 'registry.update',
  role: 'role.assign',
  token: 'token.create',
};
const HOLDERS = 24;
const REGISTRIES = 4;
const ROLES = ['Viewer', 'Publisher', 'Admin'];

export interface Mutation {
  readonly kind: Kind;
  /** Of its audit row. */
  readonly action: string;
  readonly method: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

interface Listed {
  readonly data: readonly { readonly id: string; readonly description?: string | null }[];
  readonly meta: { readonly page: { readonly total: number } };
}

interface Entry {
  readonly server: { readonly name: string; readonly description: string };
  readonly _meta: Readonly<Record<string, { readonly status: string }>>;
}

interface ServerPage {
  readonly servers: readonly Entry[];
  readonly metadata: { readonly nextCursor?: string };
}

/** Changes of several kinds, no two of which have the same effect, and what came of them. */
export class Mutations {
  /** Published and acknowledged, and not yet edited, or not yet given another status. */
  private readonly unedited: string[] = [];
  private readonly active: string[] = [];
  private readonly made: Record<'publish' | 'role', number> = { publish: 0, role: 0 };

  private constructor(
    private readonly registryIds: readonly string[],
    private readonly teamIds: readonly string[],
    private readonly accountId: string,
  ) {}

  static async prepare(ready: Ready): Promise<Mutations> {
    const create = async (path: string, body: unknown) =>
      (await request(ready.url, 'POST', path, { token: ready.admin_token, body })).json<{ id: string }>().id;
    const registries: string[] = [];
    for (let index = 0; index < REGISTRIES; index += 1)
      registries.push(await create('/v0/registries', { name: index === 0 ? 'kept' : `kept-${index}` }));
    const teams: string[] = [];
    for (let index = 0; index < HOLDERS; index += 1) teams.push(await create('/v0/teams', { name: `Team ${index}` }));
    return new Mutations(registries, teams, await create('/v0/system-accounts', { name: 'kept' }));
  }

  next(number: number): Mutation {
    const kind = KINDS[number % KINDS.length] ?? 'publish';
    const of = (method: string, path: string, body: Mutation['body']) => ({
      kind,
      action: ACTIONS[kind],
      method,
      path,
      body,
    });
    if (kind === 'registry')
      return of('PATCH', `/v0/registries/${this.registryIds[number % REGISTRIES] ?? ''}`, {
        description: `number ${number}`,
      });
    if (kind === 'token')
      return of('POST', `/v0/system-accounts/${this.accountId}/access-tokens`, { name: `token ${number}` });
    if (kind === 'role') return of('POST', `/v0/teams/${this.teamOf()}/assigned-roles`, this.role());
    const name = kind === 'edit' ? this.unedited.shift() : kind === 'status' ? this.active.shift() : undefined;
    if (name === undefined) return this.publication();
    const version = `/registries/kept/v0.1/servers/${encodeURIComponent(name)}/versions/1.0.0`;
    if (kind === 'edit') return of('PUT', version, { name, description: 'Edited', version: '1.0.0' });
    return of('PATCH', `${version}/status`, { status: 'deprecated' });
  }

  /** Tells that a change was acknowledged. */
  note({ kind, body }: Mutation): void {
    if (kind !== 'publish') return;
    this.unedited.push(String(body.name));
    this.active.push(String(body.name));
  }

  /** Targets of what is there, by the action of their rows. */
  async effects(ready: Ready): Promise<Readonly<Record<string, readonly string[]>>> {
    const entries = await published(ready);
    const targets = (some: readonly Entry[]) => some.map(({ server }) => `${server.name}@1.0.0`);
    const statusOf = ({ _meta }: Entry) => Object.values(_meta).find((one) => 'status' in one)?.status;
    const roles: string[] = [];
    for (const id of this.teamIds) roles.push(...(await listed(ready, `/v0/teams/${id}/assigned-roles`)).map(idOf));
    return {
      [ACTIONS.publish]: targets(entries),
      [ACTIONS.edit]: targets(entries.filter(({ server }) => server.description === 'Edited')),
      [ACTIONS.status]: targets(entries.filter((entry) => statusOf(entry) === 'deprecated')),
      [ACTIONS.role]: roles,
      [ACTIONS.token]: (await listed(ready, `/v0/system-accounts/${this.accountId}/access-tokens`)).map(idOf),
    };
  }

  /** The description of each registry by its id. */
  async descriptions(ready: Ready): Promise<[string, string | null][]> {
    const rows = await listed(ready, '/v0/registries');
    return rows
      .filter(({ id }) => this.registryIds.includes(id))
      .map(({ id, description }) => [id, description ?? null]);
  }

  private publication(): Mutation {
    const name = `com.example/kept-${(this.made.publish += 1)}`;
    return {
      kind: 'publish',
      action: ACTIONS.publish,
      method: 'POST',
      path: '/registries/kept/v0.1/publish',
      body: { name, description: 'Published', version: '1.0.0' },
    };
  }

  private teamOf(): string {
    return this.teamIds[this.made.role % HOLDERS] ?? '';
  }

  // The team of an assignment is taken before its number moves on.
  private role(): Mutation['body'] {
    const count = Math.floor(this.made.role / HOLDERS);
    this.made.role += 1;
    return {
      role_name: ROLES[count % ROLES.length],
      entity_type_name: 'MCP Registries',
      entity_id: this.registryIds[Math.floor(count / ROLES.length)] ?? '',
    };
  }
}

function idOf({ id }: { readonly id: string }): string {
  return id;
}

async function listed(ready: Ready, path: string): Promise<Listed['data']> {
  const rows: Listed['data'][number][] = [];
  for (let page = 1, total = 1; rows.length < total; page += 1) {
    const query = `?page[size]=100&page[number]=${page}`;
    const found = (await request(ready.url, 'GET', path + query, { token: ready.admin_token })).json<Listed>();
    rows.push(...found.data);
    total = found.meta.page.total;
  }
  return rows;
}

async function published(ready: Ready): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined;) {
    const query: string = cursor === '' ? '' : `&cursor=${cursor}`;
    const path = `/registries/kept/v0.1/servers?limit=100${query}`;
    const page = (await request(ready.url, 'GET', path, { token: ready.admin_token })).json<ServerPage>();
    entries.push(...page.servers);
    cursor = page.metadata.nextCursor;
  }
  return entries;
}
