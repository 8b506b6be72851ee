import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { loadProcessConfig } from '@portolan/config';
import { Changes } from '@portolan/db';
import { WorkerModule } from '../../apps/worker/src/worker.module';
import { until } from './until';
import { anUpstream, type Upstream } from './upstream';
import { aWorld, TEST_ENVIRONMENT, type Organization, type World } from './world';

export interface Run {
  readonly id: string;
  readonly mirror_id: string;
  readonly mode: string;
  readonly applied_mode: string | null;
  readonly dry_run: boolean;
  readonly trigger: string;
  readonly state: string;
  readonly phase: string | null;
  readonly requested_at: string;
  readonly pages: number;
  readonly bytes: number;
  readonly attempts: number;
  readonly due_at: string | null;
  readonly counts: Readonly<Record<string, number>>;
  readonly reasons: readonly { readonly guard: string; readonly detail: string }[];
  readonly error: { readonly code: string; readonly detail: string | null } | null;
  readonly upstream_status: number | null;
  readonly items_truncated: boolean;
}

export interface RunItem {
  readonly name: string;
  readonly version: string;
  readonly action: string;
  readonly reason: string;
  readonly detail: string | null;
  readonly guard: string | null;
}

/** A version as a client reads it. */
export interface Shown {
  readonly server: Readonly<Record<string, unknown>> & { readonly name: string; readonly version: string };
  readonly _meta: {
    readonly 'io.modelcontextprotocol.registry/official': {
      readonly status: string;
      readonly statusMessage?: string;
      readonly statusChangedAt?: string;
      readonly publishedAt: string;
      readonly updatedAt: string;
      readonly isLatest: boolean;
    };
    readonly 'dev.portolan/origin'?: { readonly upstream: string; readonly updatedAt?: string; readonly run: string };
  } & Readonly<Record<string, unknown>>;
}

/** A mirror of the test upstream in a registry of an organization. */
export interface Mirrored {
  readonly organization: Organization;
  readonly registry: string;
  readonly upstreamId: string;
  readonly id: string;
  readonly path: string;
}

const ENDED = ['held', 'succeeded', 'failed', 'cancelled', 'refused', 'superseded'];

export type MirrorSettings = Readonly<Record<string, unknown>>;

/** The real API, a real worker on the same database, and an upstream that is a process of its own. */
export class MirrorWorld {
  private worker: INestApplicationContext | null = null;
  private made = 0;

  private constructor(
    readonly world: World,
    readonly upstream: Upstream,
    private readonly environment: Readonly<Record<string, string>>,
  ) {}

  static async open(environment: Readonly<Record<string, string>> = {}): Promise<MirrorWorld> {
    const [world, upstream] = await Promise.all([aWorld(environment), anUpstream()]);
    return new MirrorWorld(world, upstream, environment);
  }

  /** @param environment settings of this worker besides those of the API */
  async startWorker(environment: Readonly<Record<string, string>> = {}): Promise<void> {
    const config = loadProcessConfig({
      ...TEST_ENVIRONMENT,
      ...this.environment,
      ...environment,
      DATABASE_URL: this.world.db.appUrl,
      DATABASE_POOL_SIZE: '10',
    });
    this.worker = await NestFactory.createApplicationContext(WorkerModule.forRoot(config), {
      logger: ['error'],
      abortOnError: false,
    });
  }

  async stopWorker(): Promise<void> {
    await this.worker?.close();
    this.worker = null;
  }

  async close(): Promise<void> {
    await this.stopWorker();
    await this.upstream.close();
    await this.world.close();
  }

  /** An upstream of the organization; the test's own one unless it says another URL. */
  async anUpstream({ admin }: Organization, settings: MirrorSettings = {}): Promise<string> {
    const body = { name: `upstream-${(this.made += 1)}`, url: this.upstream.url, ...settings };
    const answer = await this.world.call('POST', '/v0/upstreams', { token: admin, body });
    if (answer.status !== 201) throw new Error(answer.text);
    return answer.json<{ id: string }>().id;
  }

  /** A mirror that looks at its upstream when it is told to, unless its settings say otherwise. */
  async aMirror(
    organization: Organization,
    { registry, upstreamId, ...settings }: { registry?: string; upstreamId?: string } & MirrorSettings = {},
  ): Promise<Mirrored> {
    const name = registry ?? `registry-${(this.made += 1)}`;
    if (registry === undefined) await this.world.aRegistry(organization, name);
    const upstream = upstreamId ?? (await this.anUpstream(organization));
    const mirrors = `/v0/registries/${name}/mirrors`;
    // A new mirror is due at once: here the test says when, and a worker must not come first.
    const { enabled = true } = settings;
    const isOnRequest = settings['schedule'] === undefined;
    const answer = await this.world.call('POST', mirrors, {
      token: organization.admin,
      body: { upstream_id: upstream, schedule: '30d', ...settings, enabled: !isOnRequest && enabled },
    });
    if (answer.status !== 201) throw new Error(answer.text);
    const { id } = answer.json<{ id: string }>();
    if (isOnRequest)
      await this.world.db.query(
        `update mirror set enabled = $2, next_run_at = case when $2 then now() + interval '1 day' end where id = $1`,
        [id, enabled],
      );
    return { organization, registry: name, upstreamId: upstream, id, path: `${mirrors}/${id}` };
  }

  /** Asks for a run and waits for nothing. */
  async ask({ organization, path }: Mirrored, body: MirrorSettings = {}): Promise<string> {
    const answer = await this.world.call('POST', `${path}/runs`, { token: organization.admin, body });
    if (answer.status !== 202) throw new Error(answer.text);
    return answer.json<{ id: string }>().id;
  }

  async get({ organization, path }: Mirrored, runId: string): Promise<Run> {
    return (await this.world.call('GET', `${path}/runs/${runId}`, { token: organization.admin })).json<Run>();
  }

  /** Waits for the end of a run. */
  async ended(mirror: Mirrored, runId: string): Promise<Run> {
    let run = await this.get(mirror, runId);
    await until(`run ${runId} has ended`, async () => {
      run = await this.get(mirror, runId);
      return ENDED.includes(run.state);
    });
    await this.told();
    return run;
  }

  /** One run from its request to its end. */
  async run(mirror: Mirrored, body: MirrorSettings = {}): Promise<Run> {
    return this.ended(mirror, await this.ask(mirror, body));
  }

  /** Waits until no run is waiting, under way or due, not even one that nobody here asked for. */
  async settled(): Promise<void> {
    await until('all runs have ended', async () => {
      const [row] = await this.world.db.query(
        `select from mirror_run where state in ('waiting', 'running')
         union all select from mirror where enabled and next_run_at <= now()
         union all select from reserved_namespace where not is_enforced
         union all select from outbox limit 1`,
      );
      return row === undefined;
    });
    await this.told();
  }

  /** Waits until the API has heard of what the worker has changed: that is a moment later. */
  private told(): Promise<void> {
    return this.world.app.get(Changes, { strict: false }).settled();
  }

  /** Lets runs that wait for their next attempt make it now. */
  async hurry(): Promise<void> {
    await this.world.db.query('update source set not_before = null');
    await this.world.db.query(`update mirror_run set due_at = now() where state = 'waiting'`);
  }

  /** Forgets every upstream with its mirrors and all that was read of it, so that no test's runs are another's. */
  async reset(): Promise<void> {
    await this.upstream.clear();
    await this.hurry();
    await this.settled();
    for (const table of ['mirror', 'reserved_namespace', 'upstream where not built_in'])
      await this.world.db.query(`delete from ${table}`);
    await this.world.db.query(
      'delete from source s where not exists (select from upstream u where u.source_id = s.id)',
    );
    await this.upstream.load([]);
  }

  async decide(mirror: Mirrored, runId: string, decision: 'release' | 'refuse' | 'cancel'): Promise<void> {
    const { organization, path } = mirror;
    const answer = await this.world.call('POST', `${path}/runs/${runId}/${decision}`, { token: organization.admin });
    if (answer.status >= 300) throw new Error(answer.text);
  }

  /** All that is kept of what became of versions, page by page. */
  async items({ organization, path }: Mirrored, runId: string): Promise<RunItem[]> {
    const found: RunItem[] = [];
    for (let next: string | null = `${path}/runs/${runId}/items`; next !== null;) {
      const answer = await this.world.call('GET', next, { token: organization.admin });
      const page = answer.json<{ data: RunItem[]; meta: { page: { next: string | null } } }>();
      found.push(...page.data);
      next = page.meta.page.next;
    }
    return found;
  }

  /** All that a client finds in the registry, page by page, deleted versions too. */
  async shown({ organization, registry }: Pick<Mirrored, 'organization' | 'registry'>): Promise<Shown[]> {
    const found: Shown[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined;) {
      const query: string = `limit=100&include_deleted=true${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
      const answer = await this.world.call('GET', `/registries/${registry}/v0.1/servers?${query}`, {
        token: organization.admin,
      });
      const page = answer.json<{ servers: Shown[]; metadata: { nextCursor?: string } }>();
      found.push(...page.servers);
      cursor = page.metadata.nextCursor;
    }
    return found;
  }
}

/** `name@version status latest`, of each version: what has to be alike in two registries. */
export function standings(versions: readonly Shown[]): string[] {
  return versions.map(({ server, _meta }) => {
    const { status, isLatest } = _meta['io.modelcontextprotocol.registry/official'];
    return `${server.name}@${server.version} ${status}${isLatest ? ' latest' : ''}`;
  });
}
