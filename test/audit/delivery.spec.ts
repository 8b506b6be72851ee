import { createPublicKey, verify } from 'node:crypto';
import { SigningKeys } from '@portolan/audit';
import canonicalize from 'canonicalize';
import {
  aDestination,
  ALL_TIME,
  aReplay,
  deliver,
  deliverOne,
  DESTINATIONS,
  seal,
  statusOf,
  waitOver,
  type Destination,
  type Replay,
} from '../e2e/audit/support/destinations';
import { aSiem, type Siem } from '../support/siem';
import { until } from '../support/until';
import { aWorld, type World } from '../support/world';

interface Line {
  readonly type: string;
  readonly id: string;
  readonly org_id: string;
  readonly sequence: number;
  readonly action: string;
  readonly sig: string;
  readonly sig_kid: string;
  readonly principal: { readonly name: string | null };
  readonly [field: string]: unknown;
}

describe('Delivery to a destination', () => {
  let world: World;
  let siem: Siem;
  let destination: Destination;
  let made = 0;

  const change = async (times = 1, organization = world.acme) => {
    for (let i = 0; i < times; i += 1) await world.aRegistry(organization, `r${(made += 1)}`);
    await seal(world, organization);
  };
  const sequences = (from = siem) =>
    from
      .entries<Line>()
      .filter(({ type }) => type === 'event')
      .map(({ sequence }) => sequence);
  const status = () => statusOf(world, world.acme, destination.id);
  const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const patch = (body: unknown) =>
    world.call('PATCH', `${DESTINATIONS}/${destination.id}`, { token: world.acme.admin, body });
  const dueInMs = async () => {
    const [row] = await world.db.query<{ ms: number }>(
      'select 1000 * extract(epoch from next_attempt_at - clock_timestamp())::float8 as ms from audit_delivery where destination_id = $1',
      [destination.id],
    );
    return row?.ms ?? 0;
  };

  beforeAll(async () => {
    world = await aWorld();
    siem = await aSiem();
  });

  beforeEach(async () => {
    await world.db.query('delete from audit_destination');
    await seal(world, world.acme);
    await seal(world, world.globex);
    destination = await aDestination(world, world.acme, { endpoint: siem.url, authorization: 'Splunk top-secret' });
    siem.clear();
  });

  afterAll(async () => {
    await siem.close();
    await world.close();
  });

  it('sends what happens from now on, in the order of the chain, and nothing twice', async () => {
    const { last_sequence: before } = await status();
    await change(3);
    await deliver(world);
    await change(2);
    await deliver(world);
    await deliver(world);
    // The creation of the destination is the first.
    expect(sequences()).toEqual(range(before + 1, before + 6));
    expect(await status()).toMatchObject({
      status: 'active',
      delivered_sequence: before + 6,
      last_sequence: before + 6,
      last_response_code: 200,
      last_response_message: 'Delivered',
      attempts: 0,
      failing_since: null,
      next_attempt_at: null,
      missed: 0,
    });
  });

  it('is a compressed POST that says what it is', async () => {
    await change();
    await deliver(world);
    const [request] = siem.requests;
    expect([request?.method, request?.path]).toEqual(['POST', '/ingest?source=portolan']);
    expect(request?.headers).toMatchObject({
      'content-type': 'application/x-ndjson',
      'content-encoding': 'gzip',
      'accept-encoding': 'identity',
      authorization: 'Splunk top-secret',
      'user-agent': 'portolan',
      'x-portolan-batch-id': expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      'x-portolan-organization': world.acme.id,
      'x-portolan-destination': destination.id,
      'x-portolan-format': 'json',
      'x-portolan-entries': String(request?.lines.length),
    });
    expect(request?.text.endsWith('\n')).toBe(true);
  });

  it('signs every entry with a key that is public', async () => {
    await change(2);
    await deliver(world);
    const keys = new Map((await world.app.get(SigningKeys).publicKeys()).map((jwk) => [jwk.kid, jwk]));
    const entries = siem.entries<Line>();
    expect(entries.length).toBeGreaterThan(2);
    for (const { sig, ...said } of entries) {
      const jwk = keys.get(said.sig_kid);
      const key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
      const isGood = (value: object) =>
        verify(null, Buffer.from(canonicalize(value) ?? ''), key, Buffer.from(sig, 'base64url'));
      expect([isGood(said), isGood({ ...said, org_id: world.globex.id })]).toEqual([true, false]);
    }
  });

  it.each([
    ['the other side fails', [{ status: 500 }, { status: 503 }]],
    ['the other side refuses', [{ status: 400 }, { status: 401 }, { status: 404 }]],
    ['the connection breaks', ['reset', 'reset']],
    ['too much was sent', [{ status: 429, headers: { 'Retry-After': '1' } }]],
    ['a redirect comes back', [{ status: 302, headers: { Location: 'http://127.0.0.1:1/' } }]],
    ['an informational answer never ends in a success', [{ status: 304 }]],
  ] as const)('loses nothing and keeps the order when %s', async (_what, reactions) => {
    const { last_sequence: before } = await status();
    siem.react(...reactions);
    for (let i = 0; i < reactions.length; i += 1) {
      await change();
      await waitOver(world);
      await deliver(world);
      expect(sequences()).toEqual([]);
    }
    expect(await status()).toMatchObject({
      status: 'inactive',
      attempts: reactions.length,
      delivered_sequence: before,
    });
    await waitOver(world);
    await deliver(world);
    expect(sequences()).toEqual(range(before + 1, before + 1 + reactions.length));
    expect(await status()).toMatchObject({ status: 'active', attempts: 0, failing_since: null });
  });

  it('goes on where it was once a refused connection is none any more', async () => {
    const { last_sequence: before } = await status();
    await siem.stop();
    await change(2);
    await deliver(world);
    const failing = await status();
    expect(failing).toMatchObject({ status: 'inactive', last_response_code: null, attempts: 1 });
    expect(failing.last_response_message).not.toMatch(/ECONN|127\.0|refused/);
    await siem.start();
    await waitOver(world);
    await deliver(world);
    expect(sequences()).toEqual(range(before + 1, before + 3));
  });

  it('waits longer after each failure, and as long as the other side asks for', async () => {
    await change();
    siem.react({ status: 500 });
    await deliverOne(world);
    expect(await dueInMs()).toBeLessThanOrEqual(1_000);
    await world.db.query('update audit_delivery set attempts = 20');
    await waitOver(world);
    siem.react({ status: 500 });
    await deliverOne(world);
    expect(await dueInMs()).toBeGreaterThan(140_000);
    expect(await deliverOne(world)).toBe(false);
    await waitOver(world);
    siem.react({ status: 429, headers: { 'Retry-After': '600' } });
    await deliverOne(world);
    expect(await dueInMs()).toBeGreaterThan(590_000);
    await waitOver(world);
    siem.react({ status: 503, headers: { 'Retry-After': '999999' } });
    await deliverOne(world);
    expect(await dueInMs()).toBeLessThanOrEqual(3_600_000);
  });

  it('sends smaller batches to whom they are too large', async () => {
    await change(7);
    siem.react({ status: 413 });
    await world.db.query('update audit_delivery set entries_max = 4');
    await deliver(world);
    await waitOver(world);
    await deliverOne(world);
    expect(siem.requests.map(({ lines }) => lines.length)).toEqual([4, 2]);
    await deliver(world);
    expect(new Set(sequences()).size).toBe(8);
  });

  it('sends a batch that may have arrived again, under the same name', async () => {
    await change(2);
    // Killed between the answer and its own note of it: the position is what it was.
    const before = await world.db.query<{ position: string; checkpoint_position: string }>(
      'select position, checkpoint_position from audit_delivery',
    );
    await deliver(world);
    await world.db.query('update audit_delivery set position = $1, checkpoint_position = $2', [
      before[0]?.position,
      before[0]?.checkpoint_position,
    ]);
    await deliver(world);
    const [first, second] = siem.requests;
    expect(second?.headers['x-portolan-batch-id']).toBe(first?.headers['x-portolan-batch-id']);
    expect(second?.text).toBe(first?.text);
  });

  it('is taken over from one that died once its claim has run out', async () => {
    await change();
    await world.db.query(`update audit_delivery set claimed_until = now() + interval '1 minute'`);
    expect(await deliverOne(world)).toBe(false);
    await world.db.query(`update audit_delivery set claimed_until = now() - interval '1 second'`);
    expect(await deliverOne(world)).toBe(true);
    expect(sequences().length).toBe(2);
  });

  it('is not set back by an attempt that ends after its claim has run out', async () => {
    const { last_sequence: before } = await status();
    await change();
    siem.react('hang');
    const late = deliverOne(world);
    await until('the attempt is under way', () => siem.requests.length === 1);
    await world.db.query(`update audit_delivery set claimed_until = now() - interval '1 second'`);
    await deliver(world);
    siem.release();
    await late;
    expect(await status()).toMatchObject({ status: 'active', attempts: 0, delivered_sequence: before + 2 });
    expect(sequences()).toEqual(range(before + 1, before + 2));
  });

  it('survives that its destination is deleted while a batch is on its way', async () => {
    await change();
    siem.react('hang');
    const late = deliverOne(world);
    await until('the attempt is under way', () => siem.requests.length === 1);
    const path = `${DESTINATIONS}/${destination.id}`;
    expect((await world.call('DELETE', path, { token: world.acme.admin })).status).toBe(204);
    siem.release();
    await expect(late).resolves.toBe(true);
    expect(await world.db.query('select 1 from audit_delivery')).toEqual([]);
  });

  it('goes nowhere that may not be reached, and tells no more of it than of what does not answer', async () => {
    await change();
    const messages: unknown[] = [];
    for (const endpoint of ['http://169.254.169.254/', 'http://10.0.0.1:8088/', 'http://127.0.0.1:9/']) {
      await world.db.query('update audit_destination set endpoint = $1', [endpoint]);
      await waitOver(world);
      await deliver(world);
      const { last_response_code: code, last_response_message: message } = await status();
      messages.push([code, message]);
    }
    expect(new Set(messages.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(await status()).toMatchObject({ attempts: 3, last_response_code: null });
  });

  it('waits for an authorization that can be decrypted, and sends nothing without it', async () => {
    await change();
    await world.db.query(`update audit_destination set authorization_sealed = 'v1.x'`);
    await deliver(world);
    expect([siem.requests, (await status()).last_response_message]).toEqual([
      [],
      'The stored authorization cannot be decrypted any more; set it again',
    ]);
    expect((await patch({ authorization: 'Splunk other' })).status).toBe(200);
    await deliver(world);
    expect(siem.requests[0]?.headers.authorization).toBe('Splunk other');
  });

  it('stops when it is paused and resumes where it stopped', async () => {
    const { last_sequence: before } = await status();
    await change();
    await deliver(world);
    expect((await patch({ enabled: false })).status).toBe(200);
    await change(3);
    await deliver(world);
    expect(sequences()).toEqual(range(before + 1, before + 2));
    expect(await status()).toMatchObject({ status: 'paused', next_attempt_at: null });
    expect((await patch({ enabled: true })).status).toBe(200);
    await seal(world, world.acme);
    await deliver(world);
    expect(sequences()).toEqual(range(before + 1, before + 7));
  });

  it('puts each signed checkpoint after the row that it is about, also one that comes alone', async () => {
    await change(2);
    await deliver(world);
    const batches = siem.requests.length;
    await world.db.query(`update audit_checkpoint set created_at = now() - interval '1 hour' where org_id = $1`, [
      world.acme.id,
    ]);
    await seal(world, world.acme);
    await deliver(world);
    expect(siem.requests.slice(batches).map(({ lines }) => lines.length)).toEqual([1]);
    await change();
    await deliver(world);
    const entries = siem.entries<Line>();
    const at = entries.findIndex(({ type }) => type === 'checkpoint');
    expect(entries[at]).toMatchObject({ sequence: entries[at - 1]?.sequence, hash: entries[at - 1]?.hash });
    expect(entries.filter(({ type }) => type === 'checkpoint').length).toBe(1);
  });

  it('passes over what was purged meanwhile, and counts it', async () => {
    const { last_sequence: before } = await status();
    await change(4);
    await world.db.query('delete from audit_seal where org_id = $1 and sequence <= $2', [world.acme.id, before + 2]);
    await world.db.query(
      'delete from audit_log a using audit_seal s where s.org_id = $1 and s.sequence = $2 and a.id = s.audit_id',
      [world.acme.id, before + 4],
    );
    await deliver(world);
    expect(sequences()).toEqual([before + 3, before + 5]);
    expect(await status()).toMatchObject({ missed: 3, delivered_sequence: before + 5 });
    await change();
    await world.db.query('delete from audit_seal where org_id = $1', [world.acme.id]);
    await deliver(world);
    expect(await status()).toMatchObject({ missed: 4, delivered_sequence: before + 6 });
  });

  it('keeps the place of a row whose names were erased', async () => {
    const { last_sequence: before } = await status();
    await change();
    await world.db.query('update audit_person set name = null, salt = null where org_id = $1', [world.acme.id]);
    await deliver(world);
    expect(sequences()).toEqual([before + 1, before + 2]);
    expect(siem.entries<Line>()[0]?.principal.name).toBeNull();
  });

  it('holds no more than 500 entries and 1 MB in a batch', async () => {
    await change(2);
    await world.db.query(
      `insert into audit_log (org_id, id, occurred_at, kind, action, result, principal_type, request_id, after)
       select $1, gen_random_uuid(), clock_timestamp(), 'change', 'registry.update', 'success', 'system', 'r',
              jsonb_build_object('text', repeat('x', case when n <= 600 then 10 else 400000 end))
       from generate_series(1, 605) n`,
      [world.acme.id],
    );
    await seal(world, world.acme);
    await deliver(world);
    const sizes = siem.requests.map(({ lines, text }) => [lines.length, Buffer.byteLength(text)] as const);
    expect(Math.max(...sizes.map(([count]) => count))).toBe(500);
    expect(Math.max(...sizes.map(([, bytes]) => bytes))).toBeLessThanOrEqual(1_000_000);
    const all = sequences();
    expect(all).toEqual(range(all[0] ?? 0, (await status()).last_sequence));
  });

  describe('of several', () => {
    let other: Siem;

    beforeEach(async () => {
      other = await aSiem();
    });

    afterEach(async () => {
      siem.release();
      await other.close();
    });

    it.each(['hang', 'drip'] as const)('goes on beside one whose other side is in a %s', async (reaction) => {
      const second = await aDestination(world, world.acme, { name: 'second', endpoint: other.url });
      await change();
      siem.react(reaction, reaction);
      const stuck = Promise.all([deliverOne(world), deliverOne(world)]);
      await change(2);
      while ((await statusOf(world, world.acme, second.id)).delivered_sequence < (await status()).last_sequence)
        await deliver(world);
      expect(siem.requests.length).toBe(1);
      expect(await status()).toMatchObject({ attempts: 0, last_attempt_at: null });
      siem.release();
      await stuck;
      expect(await status()).toMatchObject({ attempts: 1 });
    });

    it('keeps organizations apart', async () => {
      const theirs = await aDestination(world, world.globex, { endpoint: other.url });
      await change(2);
      await change(3, world.globex);
      siem.react({ status: 500 });
      await deliver(world);
      expect(sequences(siem)).toEqual([]);
      expect(sequences(other).length).toBe(4);
      expect(new Set(other.entries<Line>().map(({ org_id: orgId }) => orgId))).toEqual(new Set([world.globex.id]));
      expect((await statusOf(world, world.globex, theirs.id)).status).toBe('active');
      await waitOver(world);
      await deliver(world);
      expect(new Set(siem.entries<Line>().map(({ org_id: orgId }) => orgId))).toEqual(new Set([world.acme.id]));
    });
  });

  describe('once more', () => {
    const replay = async (id: string) =>
      (
        await world.call('GET', `${DESTINATIONS}/${destination.id}/replays/${id}`, { token: world.acme.admin })
      ).json<Replay>();

    it('sends a range of time and nothing else, marked as a replay, and then is completed', async () => {
      await change(3);
      await deliver(world);
      const events = siem.entries<Line>().filter(({ type }) => type === 'event');
      const [second, last] = [events[1], events.at(-1)];
      siem.clear();
      const { id } = await aReplay(world, world.acme, destination.id, {
        start_at: second?.occurred_at,
        end_at: last?.occurred_at,
      });
      await deliver(world);
      expect(sequences()).toEqual(events.slice(1, -1).map(({ sequence }) => sequence));
      expect(siem.requests[0]?.headers['x-portolan-replay']).toBe(id);
      expect(await replay(id)).toMatchObject({
        state: 'completed',
        first_sequence: second?.sequence,
        delivered: siem.lines().length,
        missed: 0,
        next_attempt_at: null,
      });
    });

    it('is done at once when there is nothing in the range', async () => {
      const { id } = await aReplay(world, world.acme, destination.id, {
        start_at: '2000-01-01T00:00:00Z',
        end_at: '2000-01-02T00:00:00Z',
      });
      expect(await replay(id)).toMatchObject({ state: 'completed', first_sequence: null, delivered: 0 });
    });

    it('goes on after failures, beside what is delivered anyway, and stops when it is deleted', async () => {
      await change(3);
      await deliver(world);
      siem.clear();
      const { id } = await aReplay(world, world.acme, destination.id, ALL_TIME);
      siem.react({ status: 500 });
      await deliver(world);
      expect(await replay(id)).toMatchObject({ state: 'failing', attempts: 1, last_response_code: 500 });
      await change();
      await deliver(world);
      expect(sequences().length).toBe(2);
      const path = `${DESTINATIONS}/${destination.id}/replays/${id}`;
      expect((await world.call('DELETE', path, { token: world.acme.admin })).status).toBe(204);
      await waitOver(world);
      await deliver(world);
      expect(siem.requests.filter(({ taken, headers }) => taken && headers['x-portolan-replay'] === id)).toEqual([]);
    });

    it('counts what was purged', async () => {
      await change(3);
      const { id, first_sequence: first } = await aReplay(world, world.acme, destination.id, ALL_TIME);
      await world.db.query('delete from audit_seal where org_id = $1 and sequence <= $2', [
        world.acme.id,
        (first ?? 0) + 1,
      ]);
      await deliver(world);
      expect(await replay(id)).toMatchObject({ state: 'completed', missed: 2 });
    });
  });
});
