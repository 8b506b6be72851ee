import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { loadProcessConfig } from '@portolan/config';
import { WorkerModule } from '../../apps/worker/src/worker.module';
import { until } from '../support/until';
import { aServer, aWorld, type World } from '../support/world';

function hasRedis(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function startWorker(world: World, redisUrl: string | null): Promise<INestApplicationContext> {
  const config = loadProcessConfig({
    DATABASE_URL: world.db.appUrl,
    DATABASE_POOL_SIZE: '4',
    LOG_LEVEL: 'error',
    ...(redisUrl === null ? {} : { REDIS_URL: redisUrl }),
  });
  return NestFactory.createApplicationContext(WorkerModule.forRoot(config), {
    logger: ['error'],
    abortOnError: false,
  });
}

async function documents(world: World): Promise<string[]> {
  const rows = await world.db.query<{ body: string }>('select body from document');
  return rows.map(({ body }) => body);
}

async function waiting(world: World): Promise<number> {
  return (await world.db.query('select 1 from outbox')).length;
}

/** What holds whichever server keeps the queue. */
function itKeepsTheOutboxPromise(redisUrl: () => string | null): void {
  let world: World;
  let worker: INestApplicationContext | undefined;

  beforeAll(async () => {
    world = await aWorld();
    for (const organization of [world.acme, world.globex]) {
      await world.aRegistry(organization, 'tools');
      await world.publish(organization, 'tools', aServer({ description: 'Shared by both' }));
    }
  });

  afterAll(async () => {
    await worker?.close();
    await world.close();
  });

  it('sweeps the document of an edited version and keeps one that another organization uses', async () => {
    const edit = (description: string) =>
      world.call('PUT', '/registries/tools/v0.1/servers/com.example%2Fweather/versions/1.0.0', {
        token: world.acme.admin,
        body: aServer({ description }),
      });
    expect((await edit('Edited once')).status).toBe(200);
    expect((await edit('Edited twice')).status).toBe(200);
    await expect(waiting(world)).resolves.toBe(2);

    worker = await startWorker(world, redisUrl());
    await until('the first edition is swept', async () => {
      const bodies = await documents(world);
      return !bodies.some((body) => body.includes('Edited once'));
    });
    const bodies = await documents(world);
    expect(bodies.some((body) => body.includes('Shared by both'))).toBe(true);
    expect(bodies.some((body) => body.includes('Edited twice'))).toBe(true);
    await until('the outbox is empty', async () => (await waiting(world)) === 0);
  });

  it('runs a job whose relay died after its claim', async () => {
    await worker?.close();
    await world.call('DELETE', '/v0/registries/tools?force=true', { token: world.acme.admin });
    // What a dead relay leaves behind, once its minute is over.
    await world.db.query(`update outbox set claimed_until = now() - interval '1 second'`);
    worker = await startWorker(world, redisUrl());
    await until('the last edition is swept', async () => {
      const bodies = await documents(world);
      return !bodies.some((body) => body.includes('Edited twice'));
    });
  });
}

describe('the outbox with its queue on PostgreSQL', () => {
  itKeepsTheOutboxPromise(() => null);
});

(hasRedis() ? describe : describe.skip)('the outbox with its queue on Redis', () => {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-redis-'));
  let redis: ChildProcess;
  let port: number;

  beforeAll(async () => {
    port = await freePort();
    redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '']);
    await until('Redis answers', () => {
      try {
        return execFileSync('redis-cli', ['-p', String(port), 'ping'], { encoding: 'utf8' }).includes('PONG');
      } catch {
        return false;
      }
    });
  });

  afterAll(async () => {
    const ended = new Promise((resolve) => redis.once('exit', resolve));
    redis.kill();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });

  // Inside, so that its worker is closed before the server is.
  describe('keeps its promise', () => {
    itKeepsTheOutboxPromise(() => `redis://127.0.0.1:${port}`);
  });
});
