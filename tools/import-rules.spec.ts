import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');
const CONFIG = '.dependency-cruiser.cjs';
const FOLDERS = ['apps', 'libs', 'migrations', 'test', 'tools'];

interface Report {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string };
    }[];
  };
}

interface Rule {
  readonly name: string;
  readonly to: { readonly pathNot?: string | readonly string[] };
}

/** Doors that a skeleton of the tree needs, so that every import below leads somewhere. */
const SKELETON: Readonly<Record<string, string>> = {
  'libs/kernel/src/index.ts': '',
  'libs/mcp-spec/src/index.ts': '',
  'libs/config/src/index.ts': '',
  'libs/telemetry/src/index.ts': '',
  'libs/db/src/index.ts': '',
  'libs/queue/src/index.ts': '',
  'libs/queue/src/jobs/index.ts': '',
  'libs/audit/src/index.ts': '',
  'libs/audit/src/http/index.ts': '',
  'libs/audit/src/inner.ts': '',
  'libs/access/src/index.ts': '',
  'libs/access/src/http/index.ts': '',
  'libs/access/src/inner.ts': '',
  'libs/catalogue/src/index.ts': '',
  'libs/catalogue/src/inner.ts': '',
  'libs/catalogue/src/some.spec.ts': '',
  'libs/catalogue/src/circle-b.ts': "export * from './circle-a';\n",
  'libs/catalogue/src/http/index.ts': '',
  'libs/catalogue/src/jobs/index.ts': '',
  'libs/namespaces/src/index.ts': '',
  'libs/mirror/src/index.ts': '',
  'apps/api/src/main.ts': '',
  'apps/worker/src/main.ts': '',
  'apps/console/src/main.ts': '',
  'migrations/index.ts': '',
  'test/support/world.ts': '',
  'tools/launcher.mjs': '',
};

/** File, what it imports, and the rules that it breaks. */
const VIOLATIONS: readonly [file: string, imports: string, rules: readonly string[]][] = [
  ['libs/cellar/src/index.ts', '@portolan/kernel', ['known-rooms']],
  ['libs/kernel/src/up.ts', '@portolan/config', ['room-kernel']],
  ['libs/mcp-spec/src/up.ts', '@portolan/db', ['room-mcp-spec']],
  ['libs/config/src/up.ts', '@portolan/telemetry', ['room-config']],
  ['libs/telemetry/src/up.ts', '@portolan/db', ['room-telemetry']],
  ['libs/db/src/up.ts', '@portolan/audit', ['room-db']],
  ['libs/queue/src/up.ts', '@portolan/catalogue', ['room-queue']],
  ['libs/audit/src/up.ts', '@portolan/access', ['room-audit']],
  ['libs/audit/src/http/core.ts', '@portolan/access', ['room-audit']],
  ['libs/access/src/up.ts', '@portolan/mcp-spec', ['room-access']],
  ['libs/egress/src/up.ts', '@portolan/config', ['room-egress']],
  ['libs/vault/src/up.ts', '@portolan/db', ['room-vault']],
  ['libs/access/src/http/up.ts', '@portolan/catalogue/http', ['http-door-sideways', 'room-access']],
  ['libs/namespaces/src/up.ts', '@portolan/catalogue', ['room-namespaces']],
  ['libs/catalogue/src/up.ts', '@portolan/mirror', ['room-catalogue']],
  ['libs/catalogue/src/nowhere.ts', '../../cellar/src/nowhere', ['no-unresolvable']],
  ['libs/catalogue/src/deep.ts', '../../access/src/inner', ['doors-only']],
  ['libs/catalogue/src/deep-alias.ts', '@portolan/access/src/inner', ['no-unresolvable']],
  ['apps/api/src/deep.ts', '../../../libs/catalogue/src/inner', ['doors-only-apps']],
  ['test/deep.ts', '../libs/catalogue/src/inner', ['doors-only-apps']],
  ['migrations/deep.ts', '../libs/audit/src/inner', ['doors-only-apps']],
  ['libs/catalogue/src/own-http.ts', './http/index', ['http-door']],
  ['libs/catalogue/src/guard.ts', '@portolan/access/http', ['http-door']],
  ['apps/worker/src/street.ts', '@portolan/catalogue/http', ['http-door']],
  ['libs/catalogue/src/http/sideways.ts', '@portolan/audit/http', ['http-door-sideways']],
  ['apps/api/src/workshop.ts', '@portolan/catalogue/jobs', ['jobs-door']],
  ['libs/catalogue/src/own-jobs.ts', './jobs/index', ['jobs-door']],
  ['libs/catalogue/src/swagger.ts', '@nestjs/swagger', ['http-words']],
  ['libs/catalogue/src/validator.ts', 'class-validator', ['http-words']],
  ['libs/audit/src/fastify.ts', 'fastify', ['http-words']],
  ['libs/catalogue/src/bull.ts', 'bullmq', ['queue-words']],
  ['libs/access/src/pass.ts', 'passport', ['passport-words']],
  ['apps/api/src/redis.ts', 'ioredis', ['redis-words']],
  ['libs/catalogue/src/driver.ts', 'pg', ['driver-words']],
  ['apps/cli/src/orm.ts', 'typeorm', ['driver-words']],
  ['libs/mcp-spec/src/nest.ts', '@nestjs/common', ['pure-rooms']],
  ['libs/kernel/src/files.ts', 'node:fs', ['pure-rooms']],
  ['libs/kernel/src/net.ts', 'https', ['pure-rooms']],
  ['libs/catalogue/src/from-test.ts', '../../../test/support/world', ['no-test-code']],
  ['libs/catalogue/src/from-spec.ts', './some.spec', ['no-test-code']],
  ['apps/api/src/from-test.ts', '../../../test/support/world', ['no-test-code']],
  ['libs/catalogue/src/app.ts', '../../../apps/api/src/main', ['libs-not-apps']],
  ['libs/db/src/migration.ts', '../../../migrations/index', ['libs-not-apps']],
  ['libs/config/src/tool.ts', '../../../tools/launcher.mjs', ['libs-not-apps']],
  ['apps/api/src/worker.ts', '../../worker/src/main', ['apps-not-apps']],
  ['apps/console/src/inside.ts', '@portolan/catalogue', ['console-sees-contract']],
  ['libs/catalogue/src/circle-a.ts', './circle-b', ['no-cycles']],
];

const LEGAL: readonly [file: string, imports: string][] = [
  ['libs/catalogue/src/http/legal.ts', '@nestjs/swagger'],
  ['libs/catalogue/src/http/legal-guard.ts', '@portolan/access/http'],
  ['libs/audit/src/http/legal-guard.ts', '@portolan/access/http'],
  ['libs/catalogue/src/legal.ts', '@portolan/access'],
  ['libs/catalogue/src/legal-deep.ts', './inner'],
  ['libs/catalogue/src/jobs/legal.ts', '@portolan/queue/jobs'],
  ['libs/catalogue/src/legal.spec.ts', '../../../test/support/world'],
  ['libs/db/src/legal.ts', 'typeorm'],
  ['libs/queue/src/legal.ts', 'bullmq'],
  ['libs/access/src/limits/redis-buckets.ts', 'ioredis'],
  ['libs/access/src/legal.ts', 'node:crypto'],
  ['apps/api/src/legal.ts', '@portolan/catalogue/http'],
  ['apps/worker/src/legal.ts', '@portolan/catalogue/jobs'],
  ['apps/cli/src/legal.ts', '@portolan/mcp-spec'],
  ['apps/console/src/legal.ts', '@portolan/mcp-spec'],
  ['test/legal.ts', '@portolan/catalogue'],
  ['libs/catalogue/src/legal-uuid.ts', 'uuid'],
  ['libs/mirror/src/legal.ts', '@portolan/namespaces'],
];

function cruise(folder: string, folders: readonly string[]): Report {
  const bin = join(ROOT, 'node_modules/.bin/depcruise');
  const { stdout, stderr } = spawnSync(bin, [...folders, '--config', CONFIG, '--output-type', 'json'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Report;
}

describe('The import rules', () => {
  let folder: string;
  const broken = new Map<string, string[]>();

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'portolan-rules-'));
    for (const file of [CONFIG, 'tsconfig.json']) copyFileSync(join(ROOT, file), join(folder, file));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
    const files = [...VIOLATIONS, ...LEGAL].map(([file, from]) => [
      file,
      `import * as it from '${from}';\nexport { it };\n`,
    ]);
    for (const [file = '', content = ''] of [...Object.entries(SKELETON), ...files]) {
      mkdirSync(join(folder, dirname(file)), { recursive: true });
      writeFileSync(join(folder, file), content === '' ? 'export const here = true;\n' : content);
    }
    for (const { from, rule } of cruise(folder, FOLDERS).summary.violations)
      broken.set(from, [...(broken.get(from) ?? []), rule.name]);
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(VIOLATIONS)('refuse that %s imports %s', (file, _, rules) => {
    expect([...new Set(broken.get(file))].sort()).toEqual([...rules].sort());
  });

  it.each(LEGAL)('allow that %s imports %s', (file) => {
    expect(broken.get(file)).toBeUndefined();
  });

  it('are each broken once above', () => {
    const known = new Set(VIOLATIONS.flatMap(([, , rules]) => rules));
    const names = rules().map(({ name }) => name);
    expect(names.filter((name) => !known.has(name) && !MAY_IMPORT_ALL.includes(name))).toEqual([]);
  });

  it('hold in the real tree', () => {
    const { violations, totalCruised } = cruise(ROOT, FOLDERS).summary;
    expect(violations.map(({ from, to, rule }) => `${rule.name}: ${from} -> ${to}`)).toEqual([]);
    expect(totalCruised).toBeGreaterThan(200);
  });

  it('are the table that docs/architecture.md prints', () => {
    const file = join(ROOT, 'docs/architecture.md');
    if (!existsSync(file)) return;
    const printed = new Map<string, string[]>();
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      const [room = '', imports] = line
        .split('|')
        .slice(1, 3)
        .map((cell) => cell.replaceAll('`', '').trim());
      if (imports !== undefined && rooms().has(room))
        printed.set(
          room,
          imports
            .split(/[,\s]+/)
            .filter(isRoom)
            .sort(),
        );
    }
    expect(Object.fromEntries(printed)).toEqual(Object.fromEntries(rooms()));
  });
});

/** The highest room may import every other one, so nothing breaks its rule. */
const MAY_IMPORT_ALL = ['room-mirror'];

function rules(): Rule[] {
  // The configuration is CommonJS, which is what Jest runs.
  const config = jest.requireActual<{ forbidden: Rule[] }>(join(ROOT, CONFIG));
  return config.forbidden;
}

/** Which rooms each room may import, read back from its rule. */
function rooms(): Map<string, string[]> {
  const table = new Map<string, string[]>();
  for (const { name, to } of rules()) {
    const room = /^room-(.*)$/.exec(name)?.[1];
    const allowed = /\^libs\/\(([^)]+)\)/.exec([to.pathNot ?? []].flat()[0] ?? '')?.[1];
    if (room !== undefined && allowed !== undefined) table.set(room, allowed.split('|').slice(1).sort());
  }
  return table;
}

function isRoom(word: string): boolean {
  return rooms().has(word);
}
