import { isBackend } from './local-backends';

const NAMES = { user: 'portolan_app', database: 'portolan' };
const ENDS = { localAddress: '127.0.0.1', localPort: 40_000, remoteAddress: '127.0.0.1' };
const SERVED = 'portolan_app portolan 127.0.0.1(40000)';

describe('Of a process on this machine', () => {
  it.each([
    ['of a server without a name', `postgres: ${SERVED} idle`, ENDS],
    ['of a named server', `postgres: portolan-1f: ${SERVED} SELECT waiting`, ENDS],
    [
      'on version 6 of the protocol',
      'postgres: portolan_app portolan ::1(40000) idle',
      { ...ENDS, localAddress: '::1', remoteAddress: '::1' },
    ],
    [
      'on a socket for both versions',
      `postgres: ${SERVED} idle`,
      { ...ENDS, localAddress: '::ffff:127.0.0.1', remoteAddress: '::ffff:127.0.0.1' },
    ],
  ])('tells by its title that it serves us: %s', (_what, title, ends) => {
    expect(isBackend(title, NAMES, ends)).toBe(true);
  });

  it.each([
    ['serves another port', 'postgres: portolan_app portolan 127.0.0.1(4000) idle'],
    ['serves a port that only begins like ours', 'postgres: portolan_app portolan 127.0.0.1(400001) idle'],
    ['serves another address', 'postgres: portolan_app portolan 127.0.0.2(40000) idle'],
    ['serves another user', 'postgres: not_portolan_app portolan 127.0.0.1(40000) idle'],
    ['serves another database', 'postgres: portolan_app portolan_2 127.0.0.1(40000) idle'],
    ['serves a unix socket', 'postgres: portolan_app portolan [local] idle'],
    ['is a pooler', `pgbouncer: ${SERVED} idle`],
    ['is another program', '/usr/bin/node server.js'],
    ['is gone', ''],
  ])('does not take one for ours that %s', (_what, title) => {
    expect(isBackend(title, NAMES, ENDS)).toBe(false);
  });

  it.each([
    ['to another machine', { ...ENDS, remoteAddress: '10.0.0.1' }],
    ['by a unix socket', {}],
  ])('takes none for ours that is connected %s', (_what, ends) => {
    expect(isBackend(`postgres: ${SERVED} idle`, NAMES, ends)).toBe(false);
  });
});
