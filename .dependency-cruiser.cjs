// Who may import whom. docs/architecture.md prints the same table; tools/import-rules.spec.ts breaks each rule once.
const rooms = {
  kernel: [],
  'mcp-spec': ['kernel'],
  config: ['kernel'],
  telemetry: ['kernel', 'config'],
  db: ['kernel', 'config', 'telemetry'],
  queue: ['kernel', 'config', 'telemetry', 'db'],
  egress: ['kernel'],
  vault: ['kernel'],
  audit: ['kernel', 'config', 'telemetry', 'db', 'queue', 'egress', 'vault'],
  access: ['kernel', 'config', 'telemetry', 'db', 'audit', 'queue', 'egress', 'vault'],
  namespaces: ['kernel', 'config', 'telemetry', 'db', 'audit', 'access', 'queue', 'egress', 'vault'],
  catalogue: ['kernel', 'config', 'telemetry', 'db', 'audit', 'access', 'queue', 'mcp-spec', 'egress', 'vault'],
  mirror: [
    ...['kernel', 'config', 'telemetry', 'db', 'audit', 'access', 'queue', 'mcp-spec', 'egress', 'vault'],
    ...['namespaces', 'catalogue'],
  ],
};
const tests = '\\.spec\\.ts$';
const door = '^libs/[^/]+/src/((http|jobs)/)?index\\.ts$';
const error = (name, from, to) => ({ name, severity: 'error', from, to });

module.exports = {
  forbidden: [
    error('no-cycles', {}, { circular: true }),
    error('no-unresolvable', {}, { couldNotResolve: true }),

    error('known-rooms', { path: '^libs/', pathNot: `^libs/(${Object.keys(rooms).join('|')})/` }, {}),
    ...Object.entries(rooms).map(([room, may]) =>
      error(
        `room-${room}`,
        { path: `^libs/${room}/src/` },
        {
          path: '^libs/',
          pathNot: [`^libs/(${[room, ...may].join('|')})/`, '^libs/access/src/http/index\\.ts$'],
        },
      ),
    ),

    error('doors-only', { path: '^libs/([^/]+)/' }, { path: '^libs/', pathNot: ['^libs/$1/', door] }),
    error('doors-only-apps', { path: '^(apps|migrations|test|bench|tools)/' }, { path: '^libs/', pathNot: door }),

    error(
      'http-door',
      { path: '^(apps|libs)/', pathNot: ['^apps/api/', '^libs/[^/]+/src/http/', tests] },
      { path: '^libs/[^/]+/src/http/' },
    ),
    error(
      'http-door-sideways',
      { path: '^libs/([^/]+)/src/http/' },
      { path: '^libs/[^/]+/src/http/', pathNot: ['^libs/$1/', '^libs/access/src/http/index\\.ts$'] },
    ),
    error(
      'jobs-door',
      { path: '^(apps|libs)/', pathNot: ['^apps/worker/', '^libs/[^/]+/src/jobs/'] },
      { path: '^libs/[^/]+/src/jobs/', pathNot: '^libs/queue/src/jobs/index\\.ts$' },
    ),

    error(
      'http-words',
      { path: '^libs/[^/]+/src/', pathNot: ['/src/http/', '^libs/config/', tests] },
      {
        path: 'node_modules/(@nestjs/(swagger|platform-[^/]+)|class-validator|class-transformer|fastify|@fastify)/',
      },
    ),
    // Its strategy verifies a token for whoever hands it one, request or not.
    error(
      'passport-words',
      { path: '^libs/[^/]+/src/', pathNot: ['/src/http/', '^libs/access/src/issuers/verify-jwt\\.ts$', tests] },
      { path: 'node_modules/(@nestjs/passport|passport[^/]*)/' },
    ),
    error(
      'queue-words',
      { path: '^(apps|libs)/', pathNot: '^libs/queue/' },
      { path: 'node_modules/(bullmq|@nestjs/bullmq)/' },
    ),
    error(
      'redis-words',
      { path: '^(apps|libs)/', pathNot: ['^libs/queue/', '^libs/access/src/limits/redis-buckets\\.(spec\\.)?ts$'] },
      { path: 'node_modules/ioredis/' },
    ),
    error(
      'driver-words',
      { path: '^(apps|libs)/', pathNot: ['^libs/db/'] },
      { path: 'node_modules/(pg|typeorm|@nestjs/typeorm)/' },
    ),
    error(
      'pure-rooms',
      { path: '^libs/(kernel|mcp-spec)/src/', pathNot: tests },
      { path: ['node_modules/(@nestjs|typeorm|pg|bullmq)/', '^(node:)?(fs|net|http|https|dns|child_process)(/|$)'] },
    ),

    error('no-test-code', { path: '^(apps|libs|migrations)/', pathNot: tests }, { path: ['^test/', tests] }),
    error('libs-not-apps', { path: '^libs/' }, { path: '^(apps|migrations|tools)/' }),
    error('apps-not-apps', { path: '^apps/([^/]+)/' }, { path: '^apps/', pathNot: '^apps/$1/' }),
    error(
      'console-sees-contract',
      { path: '^apps/console/' },
      { path: '^libs/', pathNot: '^libs/(kernel|mcp-spec)/src/index\\.ts$' },
    ),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    // Some packages, such as uuid, have an `import` door only.
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
