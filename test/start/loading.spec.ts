import { readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { Home, ROOT } from './launcher-harness';

const REPORT = join(ROOT, 'test', 'support', 'report-loaded.cjs');
const { module: compiled } = JSON.parse(readFileSync(join(ROOT, '.swcrc'), 'utf8')) as { module: { lazy: string[] } };

describe('the API that is ready', () => {
  const home = new Home();
  let loaded: string[];
  let log: string;

  beforeAll(async () => {
    const program = home.start({ NODE_OPTIONS: `--require=${JSON.stringify(REPORT)}`, LOG_LEVEL: 'debug' });
    await home.ready(program);
    log = program.stdout + program.stderr;
    loaded = (home.json('loaded-api.json') as string[]).map((path) => relative(ROOT, path).split(sep).join('/'));
  });

  afterAll(() => home.remove());

  it('names its classes in its log as they are named', () => {
    expect(log).toContain('AppModule dependencies initialized');
    expect(log).not.toMatch(/Module\d+ dependencies initialized/);
  });

  it('has loaded one file of ours', () => {
    expect(loaded.filter((path) => path.startsWith('dist/'))).toEqual(['dist/apps/api/src/main.js']);
  });

  it('has loaded few files of packages, and none of those that are loaded at their first use', () => {
    const packages = loaded.filter((path) => path.startsWith('node_modules/'));
    expect(packages.length).toBeLessThan(100);
    for (const name of compiled.lazy) {
      const [folder] = /^(?:@[^/]+\/)?[^/]+/.exec(name) ?? [];
      expect(packages.filter((path) => path.includes(`node_modules/${folder}/`))).toEqual([]);
    }
  });
});
