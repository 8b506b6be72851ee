import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { call, Home, Program, ROOT, until } from './launcher-harness';

const SECRET = 'verysecret';

describe('npm start with settings', () => {
  const home = new Home();

  afterAll(() => home.remove());

  it.each([
    ['PORT', { PORT: 'eighty' }],
    ['PORT', { PORT: '65536' }],
    ['API_PROCESSES', { API_PROCESSES: '65' }],
    ['DATABASE_URL', { DATABASE_OWNER_URL: `postgres://owner:${SECRET}@127.0.0.1/portolan` }],
    ['DATABASE_OWNER_URL', { DATABASE_URL: `postgres://app:${SECRET}@127.0.0.1/portolan` }],
    [
      'DATABASE_URL',
      { DATABASE_URL: `mysql://app:${SECRET}@127.0.0.1/a`, DATABASE_OWNER_URL: 'postgres://o@127.0.0.1/a' },
    ],
    ['REDIS_URL', { REDIS_URL: `http://:${SECRET}@127.0.0.1` }],
    ['REDIS_URL', { REDIS_URL: `redis://:${SECRET}@127.0.0.1:1` }],
    [
      'DATABASE_URL',
      { DATABASE_URL: `postgres://a:${SECRET}@127.0.0.1:1/a`, DATABASE_OWNER_URL: 'postgres://o@127.0.0.1:1/a' },
    ],
    ['HOST', { HOST: '192.0.2.1' }],
    ['PORTOLAN_HOME', { PORTOLAN_HOME: join(ROOT, 'package.json') }],
  ])('ends with one line about a wrong %s: %j', async (name, settings) => {
    const { code, stderr } = await home.start(settings).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`^portolan: ${name} [^\\n]*expected [^\\n]+\\n$`));
    expect(stderr).not.toContain(SECRET);
  });

  it('ends with one line when the port is taken', async () => {
    const holder = createServer();
    const port = await new Promise<number>((resolve) => {
      holder.listen(0, '127.0.0.1', () => {
        const address = holder.address();
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
    try {
      const { code, stderr } = await home.start({ PORT: String(port) }).ended;
      expect(code).toBe(1);
      expect(stderr).toBe(`portolan: PORT ${port} on 127.0.0.1 is already in use; expected a free port\n`);
    } finally {
      holder.close();
    }
  });
});

describe('npm start with a PostgreSQL server of the operator', () => {
  const home = new Home();
  const serverHome = new Home();
  const script = `
    const { startCluster } = await import(${JSON.stringify(pathToFileURL(join(ROOT, 'tools/launcher/embedded-postgres.mjs')).href)});
    const cluster = await startCluster({ dataHome: ${JSON.stringify(serverHome.path)}, durable: false });
    console.log(JSON.stringify({ DATABASE_URL: cluster.appUrl, DATABASE_OWNER_URL: cluster.ownerUrl }));
    process.stdin.resume().once('end', () => cluster.stop());
  `;
  let server: Program;
  let urls: Record<string, string>;

  beforeAll(async () => {
    server = new Program(process.execPath, ['--input-type=module', '-e', script], {});
    await until('the server', () => server.stdout.endsWith('\n'));
    urls = JSON.parse(server.stdout) as Record<string, string>;
  });

  afterAll(async () => {
    await home.remove();
    server.closeInput();
    await server.ended;
    await serverHome.remove();
  });

  it('starts nothing embedded', async () => {
    const program = home.start(urls);
    const ready = await home.ready(program);
    expect((await call(ready, '/v0/registries', { name: 'elsewhere' })).status).toBe(201);
    expect(home.processes().filter(({ command }) => command.includes('postgres -D'))).toEqual([]);
    expect(existsSync(join(home.path, 'postgres.json'))).toBe(false);
    expect(readdirSync(home.path)).not.toContain('postgres');
    program.signal('SIGTERM');
    await expect(program.ended).resolves.toMatchObject({ code: 0 });
  });
});

describe('an operator command without a running start', () => {
  const home = new Home();

  afterAll(() => home.remove());

  it('creates an organization and leaves nothing running', async () => {
    const { code, stdout } = await home.operate('org', 'create', 'first').ended;
    expect(code).toBe(0);
    expect(stdout).toContain('first');
    expect(home.processes()).toEqual([]);
  });

  it('passes on the exit code of the command', async () => {
    const { code, stderr } = await home.operate('org', 'create').ended;
    expect(code).not.toBe(0);
    expect(stderr).not.toBe('');
  });
});
