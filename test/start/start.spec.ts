import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { call, Home, isRunning, listed, publish, type Program, type Ready, until } from './launcher-harness';

const OPERATOR_TOKEN = 'the-operator-of-these-tests-0123456789';

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

describe('npm start', () => {
  const home = new Home();
  let program: Program;
  let ready: Ready;

  beforeAll(async () => {
    program = home.start({ OPERATOR_TOKEN });
    ready = await home.ready(program);
  });

  afterAll(() => home.remove());

  it('writes ready.json for its owner only', () => {
    expect(modeOf(join(home.path, 'ready.json'))).toBe('600');
    expect(ready).toEqual({
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string,
      organization: 'demo',
      admin_token: expect.stringMatching(/.{16,}/) as string,
      pid: program.pid,
    });
  });

  it('keeps every secret away from other users', () => {
    for (const name of ['admin.json', 'postgres.json']) expect(modeOf(join(home.path, name))).toBe('600');
    expect(modeOf(home.path)).toBe(process.getuid?.() === 0 ? '711' : '700');
  });

  it('prints curl commands that work when pasted', () => {
    const commands = program.stdout.split('\n').filter((line) => line.startsWith('curl '));
    const statuses = commands.map((command) =>
      execFileSync('sh', ['-c', `${command} -o /dev/null -w '%{http_code}'`], { encoding: 'utf8' }),
    );
    expect(statuses).toEqual(['201', '200', '200']);
  });

  it("shows the operator the process' own metrics beside Portolan's", async () => {
    const { status, text } = await call({ ...ready, admin_token: OPERATOR_TOKEN }, '/metrics');
    expect(status).toBe(200);
    for (const name of ['process_cpu_seconds_total', 'nodejs_gc_duration_seconds', 'portolan_audit_buffer_rows'])
      expect(text).toContain(`# TYPE ${name} `);
  });

  it('refuses a second start on the same home with one line', async () => {
    const { code, stderr } = await home.start().ended;
    expect(code).toBe(1);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toContain('PORTOLAN_HOME');
    expect(stderr).toContain(String(program.pid));
  });

  it('lets an operator command use its database', async () => {
    const { code, stdout, stderr } = await home.operate('org', 'create', 'beside').ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('beside');
    await expect(listed(ready, 'my-registry')).resolves.toContain('com.example/hello');
  });

  it('runs side by side with a start on another home', async () => {
    const other = new Home();
    try {
      const second = await other.ready(other.start());
      expect(second.url).not.toBe(ready.url);
      expect((await call(second, '/v0/registries', { name: 'only-here' })).status).toBe(201);
      await expect(publish(second, 'only-here', 'com.example/only-here')).resolves.toBe(200);
      await expect(listed(ready, 'my-registry')).resolves.not.toContain('only-here');
    } finally {
      await other.remove();
    }
  });

  it('ends all its processes on SIGTERM', async () => {
    const processes = home.processes();
    expect(processes.length).toBeGreaterThan(3);
    program.signal('SIGTERM');
    await expect(program.ended).resolves.toMatchObject({ code: 0 });
    expect(processes.filter(({ pid }) => isRunning(pid))).toEqual([]);
    expect(home.processes()).toEqual([]);
    expect(existsSync(join(home.path, 'ready.json'))).toBe(false);
  });

  it('keeps data and token for the next start', async () => {
    const next = home.start({}, ['npm', 'start']);
    const again = await until(
      'ready.json',
      () => next.stdout.includes('Stop:') && (home.json('ready.json') as Ready | undefined),
    );
    expect(again.admin_token).toBe(ready.admin_token);
    await expect(listed(again, 'my-registry')).resolves.toContain('com.example/hello');
    next.pressCtrlC();
    next.pressCtrlC();
    await next.ended;
    expect(next.stderr).not.toContain('portolan:');
    expect(home.processes()).toEqual([]);
  });
});
