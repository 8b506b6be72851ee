import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Home, ROOT } from './launcher-harness';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

function blocks(text = README): string[] {
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
}

describe('README.md', () => {
  const home = new Home();
  const folder = mkdtempSync(join(tmpdir(), 'portolan-readme-'));

  beforeAll(async () => {
    await home.ready(home.start());
    symlinkSync(home.path, join(folder, '.portolan'));
  });

  afterAll(async () => {
    await home.remove();
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
