import { randomUUID } from 'node:crypto';
import { asApplication } from '../support/as-application';
import { MirrorWorld, type Mirrored } from '../support/mirror-world';
import type { Organization } from '../support/world';

const SHARE = 4;

interface Claim {
  readonly org_id: string;
  readonly id: string;
  readonly fence: number;
}

describe('Claims of runs', () => {
  let mirrors: MirrorWorld;
  let organizations: readonly [Organization, Organization, Organization];

  beforeAll(async () => {
    mirrors = await MirrorWorld.open();
    const { acme, globex } = mirrors.world;
    organizations = [acme, globex, await mirrors.world.anOrganization('third')];
  });

  afterEach(() => mirrors.world.db.query('delete from mirror_run'));

  afterAll(() => mirrors.close());

  const claim = async (): Promise<Claim | undefined> => {
    const [claimed] = await asApplication<Claim>(
      mirrors.world.db,
      null,
      `select org_id, id, fence from claim_mirror_run(interval '15 seconds', ${SHARE})`,
    );
    return claimed;
  };
  const claimAll = async () => {
    const found: Claim[] = [];
    for (let next = await claim(); next !== undefined; next = await claim()) found.push(next);
    return found;
  };
  const end = (id: string) => mirrors.world.db.query(`update mirror_run set state = 'succeeded' where id = $1`, [id]);
  /** Runs that have been due for so many seconds, each of a mirror of its own; returns their ids. */
  const due = async (organization: Organization, seconds: readonly number[]) => {
    const ids: string[] = [];
    for (const ago of seconds) {
      const { id: mirrorId } = await mirrors.aMirror(organization, { enabled: false });
      const id = randomUUID();
      await mirrors.world.db.query(
        `insert into mirror_run (org_id, id, mirror_id, mode, dry_run, trigger, fresh_from, due_at)
         values ($1, $2, $3, 'full', false, 'request', now(), now() - make_interval(secs => $4))`,
        [organization.id, id, mirrorId, ago],
      );
      ids.push(id);
    }
    return ids;
  };

  it('serve the organization first that has the fewest under way, and the run that waits longest', async () => {
    const [acme, globex, third] = organizations;
    const acmes = await due(acme, [50, 90, 70, 60]);
    const [globexs] = await due(globex, [20]);
    const [thirds] = await due(third, [30]);
    const order = (await claimAll()).map(({ id }) => id);
    expect(order).toEqual([acmes[1], thirds, globexs, acmes[2], acmes[3], acmes[0]]);
  });

  it('give no organization more than its share, and the next one when one has ended', async () => {
    const [acme] = organizations;
    const ids = await due(acme, [60, 50, 40, 30, 20, 10]);
    const first = await claimAll();
    expect(first.map(({ id }) => id)).toEqual(ids.slice(0, SHARE));
    await end(ids[2] ?? '');
    expect((await claimAll()).map(({ id }) => id)).toEqual([ids[SHARE]]);
  });

  it('pass over what is not due yet', async () => {
    const [acme, globex] = organizations;
    await due(acme, [-60]);
    const [globexs] = await due(globex, [1]);
    expect((await claimAll()).map(({ id }) => id)).toEqual([globexs]);
  });

  it('hand no run to two at the same time', async () => {
    const [acme, globex, third] = organizations;
    for (const organization of [acme, globex, third]) await due(organization, [3, 2, 1]);
    const claimed = (await Promise.all(Array.from({ length: 15 }, claim))).flatMap((one) => one ?? []);
    expect(claimed).toHaveLength(9);
    expect(new Set(claimed.map(({ id }) => id)).size).toBe(9);
  });

  it('hand out what was lost again, with another fence', async () => {
    const [acme] = organizations;
    await due(acme, [1]);
    const lost = await claim();
    expect(await claim()).toBeUndefined();
    await mirrors.world.db.query(`update mirror_run set lease_until = now() - interval '1 second'`);
    await asApplication(mirrors.world.db, null, 'select return_lost_mirror_runs(20)');
    expect(await claim()).toEqual({ ...lost, fence: (lost?.fence ?? 0) + 1 });
  });

  it('end a run that is lost again and again', async () => {
    const [acme] = organizations;
    const [id] = await due(acme, [1]);
    for (let times = 0; times <= 2; times += 1) {
      await claim();
      await mirrors.world.db.query(`update mirror_run set lease_until = now() - interval '1 second'`);
      await asApplication(mirrors.world.db, null, 'select return_lost_mirror_runs(2)');
    }
    const [run] = await mirrors.world.db.query('select state, error_code from mirror_run where id = $1', [id]);
    expect(run).toEqual({ state: 'failed', error_code: 'worker_lost' });
  });

  it('find one run of a mirror at a time, however many ask for one', async () => {
    const { world } = mirrors;
    const mirror: Mirrored = await mirrors.aMirror(world.globex);
    const asked = Array.from({ length: 10 }, () =>
      world.call('POST', `${mirror.path}/runs`, { token: world.globex.admin, body: {} }),
    );
    const statuses = (await Promise.all(asked)).map(({ status }) => status).sort();
    expect(statuses).toEqual([202, ...Array.from({ length: 9 }, () => 409)]);
    expect(await claimAll()).toHaveLength(1);
  });
});
