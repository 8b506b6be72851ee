import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { loadProcessConfig } from '@portolan/config';
import { WorkerModule } from '../../apps/worker/src/worker.module';
import { accept, aMinuteLater, type Invite } from '../e2e/access/support/people';
import { anIdentityAdmin } from '../e2e/access/support/identity';
import { until } from '../support/until';
import { aWorld, TEST_ENVIRONMENT, type World } from '../support/world';
import { startMailServer, type MailServer, type ReceivedMail } from './mail-server';

const LINK = /^https:\/\/mcp\.example\.com\/join#token=(ptl_inv_\w+)\r?$/m;

describe('An invite by mail', () => {
  let server: MailServer;
  let world: World;
  let worker: INestApplicationContext | undefined;
  let environment: Record<string, string>;

  const invite = async (email: string) => {
    const answer = await world.call('POST', '/v0/invites', { token: world.acme.admin, body: { email } });
    return { answer, invite: answer.json<Invite>() };
  };
  const startWorker = async () => {
    const config = loadProcessConfig({ ...TEST_ENVIRONMENT, ...environment, DATABASE_URL: world.db.appUrl });
    worker = await NestFactory.createApplicationContext(WorkerModule.forRoot(config), {
      logger: false,
      abortOnError: false,
    });
  };
  const mailTo = async (email: string): Promise<ReceivedMail> => {
    const found = () => server.mails.find(({ to }) => to.includes(email));
    await until(`a mail to ${email} is there`, () => found() !== undefined);
    return found() as ReceivedMail;
  };
  const outbox = () => world.db.query<{ payload: Record<string, string> }>('select payload from outbox');

  beforeAll(async () => {
    server = await startMailServer();
    environment = {
      SMTP_URL: server.url,
      MAIL_FROM: 'portolan@example.com',
      PUBLIC_URL: 'https://mcp.example.com',
      RATE_LIMIT_AUTH: '1000/1000',
    };
    world = await aWorld(environment);
    await world.db.query(`update organization set display_name = $1 where id = $2`, [
      'Acme\r\nBcc: all@example.com',
      world.acme.id,
    ]);
  });

  afterEach(async () => {
    await worker?.close();
    worker = undefined;
  });

  afterAll(async () => {
    await world.close();
    await server.close();
  });

  it('keeps the link from the inviter, and waits for the worker encrypted', async () => {
    const { answer, invite: sent } = await invite('ada@example.com');
    expect(answer.status).toBe(201);
    expect(answer.text).not.toMatch(/ptl_inv|invite_url/);
    const [job] = await outbox();
    expect(job?.payload).toEqual({ invite_id: sent.id, sealed: expect.stringMatching(/^v1\./) as string });
    expect(JSON.stringify(job)).not.toMatch(/ptl_inv|example\.com/);
  });

  it('stays good when somebody else gives the user a role', async () => {
    const inviter = await anIdentityAdmin(world, world.acme);
    const body = { email: 'carol@example.com' };
    const sent = (await world.call('POST', '/v0/invites', { token: inviter, body })).json<Invite>();
    const role = { role_name: 'Viewer', entity_type_name: 'MCP Registries', entity_id: '*' };
    const path = `/v0/users/${sent.user_id}/assigned-roles`;
    expect((await world.call('POST', path, { token: world.acme.admin, body: role })).status).toBe(201);
    await startWorker();
    const [, token = ''] = LINK.exec((await mailTo('carol@example.com')).text) ?? [];
    expect((await accept(world, token)).status).toBe(200);
  });

  it('brings the link to the one who is invited, and to nobody else', async () => {
    await startWorker();
    const { from, to, headers, text } = await mailTo('ada@example.com');
    expect([from, to]).toEqual(['portolan@example.com', ['ada@example.com']]);
    expect(headers.get('subject')).toBe('Invitation to Acme Bcc: all@example.com on Portolan');
    expect([headers.get('to'), headers.get('from'), headers.has('bcc')]).toEqual([
      'ada@example.com',
      'portolan@example.com',
      false,
    ]);
    expect(headers.get('content-type')).toMatch(/^text\/plain/);
    const token = LINK.exec(text)?.[1] ?? '';
    expect((await accept(world, token)).json()).toMatchObject({ email: 'ada@example.com', active: true });
  });

  it('is sent again when the server turned it away', async () => {
    server.refuseNext(2);
    await invite('bob@example.com');
    await startWorker();
    expect((await mailTo('bob@example.com')).text).toMatch(LINK);
    expect(server.mails.filter(({ to }) => to.includes('bob@example.com'))).toHaveLength(1);
  });

  it('is not sent once it is revoked, replaced, accepted or too old', async () => {
    const over = await invite('revoked@example.com');
    await world.call('DELETE', `/v0/invites/${over.invite.id}`, { token: world.acme.admin });
    const old = await invite('old@example.com');
    await world.db.query(`update invite set expires_at = now() where id = $1`, [old.invite.id]);
    const gone = await invite('gone@example.com');
    await world.call('DELETE', `/v0/users/${gone.invite.user_id}`, { token: world.acme.admin });
    await invite('twice@example.com');
    await aMinuteLater(world);
    await invite('twice@example.com');
    await startWorker();
    await until('no job is left', async () => (await outbox()).length === 0 && (await jobs('unfinished')) === 0);
    expect(await jobs('failed')).toBe(0);
    const addresses = server.mails.flatMap(({ to }) => to);
    expect(addresses.filter((address) => address === 'twice@example.com')).toHaveLength(1);
    for (const name of ['revoked', 'old', 'gone']) expect(addresses).not.toContain(`${name}@example.com`);
  });

  async function jobs(which: 'unfinished' | 'failed'): Promise<number> {
    const states = which === 'failed' ? ['failed'] : ['waiting', 'active', 'delayed'];
    const found = await world.db.query(`select 1 from bullmq.job where state::text = any ($1)`, [states]);
    return found.length;
  }
});
