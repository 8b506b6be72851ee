import { Client } from 'pg';
import { call, Home, type Ready, until } from './launcher-harness';

interface PostgresFile {
  readonly ownerUrl: string;
  readonly passwords: { readonly superuser: string };
}

describe('npm start asked to stop in the middle of a request', () => {
  const home = new Home();
  let holder: Client;
  let ready: Ready;

  beforeAll(async () => {
    const program = home.start();
    ready = await home.ready(program);
    await call(ready, '/v0/registries', { name: 'slow' });
    const { ownerUrl, passwords } = home.json('postgres.json') as PostgresFile;
    const url = new URL(ownerUrl);
    url.username = 'postgres';
    url.password = passwords.superuser;
    holder = new Client({ connectionString: url.toString() });
    // The server ends this connection when it stops.
    holder.on('error', () => undefined);
    await holder.connect();
  });

  afterAll(async () => {
    await holder.end();
    await home.remove();
  });

  it('answers the request before it ends, takes no further one, and ends with 0', async () => {
    await holder.query('begin');
    await holder.query(`select from registry where name = 'slow' for update`);
    const change = fetch(`${ready.url}/v0/registries/slow`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${ready.admin_token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ display_name: 'Slow but sure' }),
    });
    await until('the change waits for the row', async () => {
      const { rowCount } = await holder.query(`select from pg_locks where not granted`);
      return rowCount === 1;
    });
    const [program] = home.started;
    program?.signal('SIGTERM');
    await until('no further request is taken', () =>
      fetch(`${ready.url}/livez`).then(
        ({ status }) => status === 503,
        () => true,
      ),
    );
    await holder.query('commit');
    const answer = await change;
    expect([answer.status, ((await answer.json()) as { display_name: string }).display_name]).toEqual([
      200,
      'Slow but sure',
    ]);
    const ended = await program?.ended;
    expect(ended?.code).toBe(0);
    expect(ended?.stdout).not.toContain('killed');
  });
});
