import { call, Home, publish, type Ready } from './launcher-harness';

const ROUNDS = 4;
const CLIENTS = 4;

interface Row {
  readonly server: { readonly name: string };
}

interface AuditPage {
  readonly data: readonly { readonly action: string; readonly target: { readonly name: string } }[];
  readonly meta: { readonly page: { readonly next: string | null } };
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It has followed its parent already.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function published(ready: Ready): Promise<string[]> {
  const names: string[] = [];
  let cursor = '';
  do {
    const { text } = await call(ready, `/registries/kept/v0.1/servers?limit=100${cursor}`);
    const page = JSON.parse(text) as { servers: Row[]; metadata: { nextCursor?: string } };
    names.push(...page.servers.map(({ server }) => server.name));
    cursor = page.metadata.nextCursor === undefined ? '' : `&cursor=${page.metadata.nextCursor}`;
  } while (cursor !== '');
  return names;
}

async function audited(ready: Ready): Promise<string[]> {
  const names: string[] = [];
  let path: string | null = '/v0/audit-logs?page[size]=1000';
  while (path !== null) {
    const page = JSON.parse((await call(ready, path)).text) as AuditPage;
    names.push(
      ...page.data.filter(({ action }) => action === 'server.version.publish').map(({ target }) => target.name),
    );
    path = page.meta.page.next;
  }
  return names.sort();
}

describe('npm start killed in the middle of publications', () => {
  const home = new Home();

  afterAll(() => home.remove());

  it('keeps every acknowledged version with its audit row and nothing half done', async () => {
    const acknowledged: string[] = [];
    let ready = await home.ready(home.start());
    await call(ready, '/v0/registries', { name: 'kept' });
    for (let round = 0; round < ROUNDS; round += 1) {
      const before = acknowledged.length;
      const killed = new AbortController();
      const running = () => !killed.signal.aborted;
      const client = async (number: number): Promise<void> => {
        for (let count = 0; running(); count += 1) {
          const name = `com.example/kept-${round}-${number}-${count}`;
          const status = await publish(ready, 'kept', name).catch(() => 0);
          if (status === 200) acknowledged.push(name);
          // Killed by what has happened, not by the clock: some requests are always on their way then.
          if (running() && acknowledged.length - before >= 10 * (round + 1)) {
            killed.abort();
            for (const { pid } of home.processes()) kill(pid);
          }
        }
      };
      await Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)));
      ready = await home.ready(home.start());
      const names = await published(ready);
      expect(acknowledged.filter((name) => !names.includes(name))).toEqual([]);
      await expect(audited(ready)).resolves.toEqual([...names].sort());
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(100);
  }, 180_000);
});
