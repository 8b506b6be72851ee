import { call, Home, isRunning, listed, publish, type Program, type Ready, until } from './launcher-harness';

describe('npm start after kill -9', () => {
  const home = new Home();
  let program: Program;
  let ready: Ready;

  beforeAll(async () => {
    program = home.start();
    ready = await home.ready(program);
    expect((await call(ready, '/v0/registries', { name: 'kept' })).status).toBe(201);
  });

  afterAll(() => home.remove());

  async function restart(): Promise<void> {
    program = home.start();
    ready = await home.ready(program);
  }

  it('of the API serves again at the same address', async () => {
    await expect(publish(ready, 'kept', 'com.example/before-api')).resolves.toBe(200);
    const api = home.pidOf('apps/api');
    process.kill(api, 'SIGKILL');
    await until('an answer', () =>
      listed(ready, 'kept').then(
        (text) => text.includes('before-api'),
        () => false,
      ),
    );
    expect(home.pidOf('apps/api')).not.toBe(api);
  });

  it('of the worker runs a worker again', async () => {
    const worker = home.pidOf('apps/worker');
    process.kill(worker, 'SIGKILL');
    await until('another worker', () =>
      home.processes().some(({ pid, command }) => command.includes('apps/worker') && pid !== worker),
    );
  });

  it('of PostgreSQL answers again with every acknowledged write', async () => {
    await expect(publish(ready, 'kept', 'com.example/before-postgres')).resolves.toBe(200);
    const postgres = home.pidOf('postgres -D');
    process.kill(postgres, 'SIGKILL');
    // Its processes may answer once more before they notice.
    await until('another PostgreSQL', () =>
      home.processes().some(({ pid, command }) => command.includes('postgres -D') && pid !== postgres),
    );
    await until('an answer', () =>
      listed(ready, 'kept').then(
        (text) => text.includes('before-postgres'),
        () => false,
      ),
    );
    expect(program.hasEnded).toBe(false);
  });

  it('of the launcher starts again with every acknowledged write', async () => {
    await expect(publish(ready, 'kept', 'com.example/before-launcher')).resolves.toBe(200);
    const children = home.processes().filter(({ command }) => /apps\/(api|worker)/.test(command));
    program.signal('SIGKILL');
    await program.ended;
    await until('the end of its children', () => !children.some(({ pid }) => isRunning(pid)));
    await restart();
    await expect(listed(ready, 'kept')).resolves.toContain('before-launcher');
  });

  it('of everything starts again with every acknowledged write', async () => {
    await expect(publish(ready, 'kept', 'com.example/before-all')).resolves.toBe(200);
    for (const { pid } of home.processes()) process.kill(pid, 'SIGKILL');
    await program.ended;
    await restart();
    await expect(listed(ready, 'kept')).resolves.toContain('before-all');
  });
});
