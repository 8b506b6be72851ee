import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anUpstream, type Upstream } from '../support/upstream';
import { Home, ROOT } from './launcher-harness';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

function blocks(text = README): string[] {
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
}

describe('README.md', () => {
  const home = new Home();
  const folder = mkdtempSync(join(tmpdir(), 'portolan-readme-'));

  let upstream: Upstream;

  beforeAll(async () => {
    upstream = await anUpstream();
    // The walk through mirrors leads to servers on this machine.
    await home.ready(home.start({ EGRESS_ALLOW: '127.0.0.0/8' }));
    symlinkSync(home.path, join(folder, '.portolan'));
  });

  afterAll(async () => {
    await home.remove();
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('shows a first publish, a first read and a capability URL that work when pasted', () => {
    const script = ['ready.json', 'capability-urls']
      .map((mark) => blocks().find((block) => block.includes(mark)) ?? '')
      .join('\n');
    const statuses = join(folder, 'statuses');
    // Each curl also says its status, on a stream of its own.
    const told = script.replaceAll('curl -sS', `curl -sS -w '%{stderr}%{http_code}\\n'`);
    const output = execFileSync('sh', ['-ec', `exec 2> '${statuses}'\n${told}`], { cwd: folder, encoding: 'utf8' });
    expect(readFileSync(statuses, 'utf8').trim().split('\n')).toEqual(['201', '200', '200', '200', '200', '201']);
    expect(output).toContain('com.example/expense-reimbursement');
    expect(output).toMatch(/"url":"http:\/\/[^"]+~ptl_cap_\w+"/);
  });

  it("leads to an auditor's walk through the trail that works when pasted", () => {
    const start = blocks().find((block) => block.includes('ready.json')) ?? '';
    const [walk = ''] = blocks(readFileSync(join(ROOT, 'docs/audit.md'), 'utf8'));
    const settings = start.split('\n').filter((line) => /^(URL|TOKEN)=/.test(line));
    const script = [...settings, walk.replaceAll('curl -sS', 'curl -sS --fail-with-body')].join('\n');
    const output = execFileSync('sh', ['-ec', script], { cwd: folder, encoding: 'utf8' });
    expect(output).toMatch(/"action":"server\.version\.publish".*"address":"127\.0\.0\.1"/);
    expect(output).toMatch(/"status":"valid"/);
    const exported = readFileSync(join(folder, 'audit.ndjson'), 'utf8').trim().split('\n');
    expect(exported.map((line) => (JSON.parse(line) as { action: string }).action)).toContain('registry.create');
  });

  it('leads to a walk through teams and agents that works when pasted', () => {
    const [start = '', walk = ''] = [
      blocks().find((block) => block.includes('ready.json')),
      blocks(readFileSync(join(ROOT, 'docs/access.md'), 'utf8'))[0],
    ];
    const settings = start.split('\n').filter((line) => /^(URL|TOKEN)=/.test(line));
    expect(settings).toHaveLength(2);
    const script = [...settings, walk.replaceAll('curl -sS', 'curl -sS --fail-with-body')].join('\n');
    const output = execFileSync('sh', ['-ec', script], { cwd: folder, encoding: 'utf8' });
    expect(output).toContain('"servers":[]');
    expect(output).toMatch(/"permission":"version:create","granted_by":\[\{[^\]]*"role_name":"Publisher"/);
  });

  it('leads to a walk from an upstream to a registry, and on to another one, that works when pasted', async () => {
    for (const name of ['com.example/weather', 'com.example/test-weather', 'org.example/other'])
      await upstream.publish({ name, description: 'Of the partner', version: '1.0.0' });
    const start = blocks().find((block) => block.includes('ready.json')) ?? '';
    const settings = start.split('\n').filter((line) => /^(URL|TOKEN)=/.test(line));
    const walk = blocks(readFileSync(join(ROOT, 'docs/mirrors.md'), 'utf8')).join('\n');
    expect(walk).toContain('PARTNER=https://registry.example.com\n');
    const told = walk
      .replace('https://registry.example.com', upstream.url)
      .replaceAll('curl -sS', 'curl -sS --fail-with-body');
    const output = execFileSync('sh', ['-ec', [...settings, told].join('\n')], { cwd: folder, encoding: 'utf8' });
    expect(output).toContain('"ok":true');
    expect(output).toMatch(/"dry_run":true[^}]*"state":"succeeded"/);
    expect(output).toMatch(/"servers":\[\{[^\]]*"name":"com\.example\/weather"/);
    expect(output).not.toMatch(/test-weather|org\.example/);
    expect(output).toContain('"status":"deleted"');
    expect(output).toMatch(/"name":"headquarters"[^}]*"header_names":\["authorization"\]/);
  });

  it('names only npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = [...README.matchAll(/npm (?:run )?([a-z][a-z:]*)/g)].map(([, name = '']) => name);
    expect(named).toContain('start');
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('links only to files that exist', () => {
    const links = [...README.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path = '']) => path);
    expect(links.length).toBeGreaterThan(0);
    for (const path of links) expect(() => execFileSync('test', ['-e', join(ROOT, path)])).not.toThrow();
  });
});
