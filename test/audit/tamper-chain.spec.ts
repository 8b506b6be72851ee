import { aWorld, type World } from '../support/world';
import { Chains, SOUND } from './chains';
import { Forger } from './forger';

const END = 1_030;
/** The checkpoints of the chain that the tests begin with. */
const CHECKPOINTS = [10, 1_010];
const flawAt = (from: number) => (CHECKPOINTS.includes(from) ? 'checkpoint_mismatch' : 'signature_wrong');

describe('A chain', () => {
  let world: World;
  let chains: Chains;
  let forger: Forger;
  let restore: () => Promise<void>;
  let org: string;
  let outside: string;

  const told = (checkpoint: string | null = null) => chains.told(org, checkpoint);
  const cut = async (from: number, { rows = true } = {}) => {
    if (rows)
      await world.db.query(
        `delete from audit_log a using audit_seal s
         where s.org_id = $1 and s.sequence >= $2 and a.org_id = s.org_id and a.id = s.audit_id`,
        [org, from],
      );
    await world.db.query(`delete from audit_seal where org_id = $1 and sequence >= $2`, [org, from]);
  };
  const edit = (sequence: number) =>
    world.db.query(
      `update audit_log a set target_id = 'edited' from audit_seal s
       where s.org_id = $1 and s.sequence = $2 and a.org_id = s.org_id and a.id = s.audit_id`,
      [org, sequence],
    );
  const uncheckpoint = (from: number) =>
    world.db.query(`delete from audit_checkpoint where org_id = $1 and sequence >= $2`, [org, from]);

  beforeAll(async () => {
    world = await aWorld();
    chains = new Chains(world);
    forger = new Forger(world.db);
    org = world.acme.id;
    await chains.write(org, 9);
    await chains.seal(org);
    await chains.write(org, 1_020);
    await chains.seal(org);
    await chains.write(world.globex.id, 30);
    await chains.seal(world.globex.id);
    const listed = await world.call('GET', '/v0/audit-logs/checkpoints', { token: world.acme.admin });
    const { data } = listed.json<{ data: { sequence: number; token: string }[] }>();
    expect(data.map(({ sequence }) => sequence)).toEqual([...CHECKPOINTS].reverse());
    outside = data[0]?.token ?? '';
    restore = await chains.keep();
  });

  afterEach(() => restore());
  afterAll(() => world.close());

  it('fits a checkpoint that was kept elsewhere', async () => {
    expect(await chains.verify(org, { checkpoint: outside })).toMatchObject({
      status: 'valid',
      complete: true,
      given_checkpoint: 'fits',
    });
  });

  describe('that lost its end', () => {
    it('is told by the checkpoint beyond it', async () => {
      await cut(900);
      expect(await told()).toEqual({ problem: 'chain_cut', at: 900 });
    });

    it('is told by the first row that has no seal', async () => {
      await cut(1_020, { rows: false });
      expect(await told()).toEqual({ problem: 'row_not_in_chain', at: 1_019 });
    });

    it('is told by the first row that is not there', async () => {
      await world.db.query(
        `delete from audit_log a using audit_seal s
         where s.org_id = $1 and s.sequence >= 1020 and a.org_id = s.org_id and a.id = s.audit_id`,
        [org],
      );
      expect(await told()).toEqual({ problem: 'row_missing', at: 1_020 });
    });

    it('is told by a checkpoint that was kept elsewhere, when all others are gone, too', async () => {
      await cut(900);
      await uncheckpoint(900);
      expect(await told()).toEqual(SOUND);
      expect(await told(outside)).toEqual({ problem: 'chain_cut', at: 900 });
    });

    it('is told although other rows were sealed in the place of those that are gone', async () => {
      await cut(1_005);
      await chains.write(org, 20);
      await chains.seal(org);
      expect(await told()).toEqual({ problem: 'checkpoint_mismatch', at: 1_010 });
      await uncheckpoint(1_005);
      expect(await told(outside)).toEqual({ problem: 'checkpoint_mismatch', at: 1_010 });
    });

    it('is told when nothing is left of it', async () => {
      await cut(1);
      await uncheckpoint(1);
      expect(await told(outside)).toEqual({ problem: 'chain_cut', at: 1 });
    });
  });

  describe('that was written anew', () => {
    it.each([2, 10, 11, 500, 1_010, 1_011, 1_025, END])('from %d on is told by that number', async (from) => {
      await edit(from);
      await forger.rewrite(org, from);
      expect(await told()).toEqual({ problem: flawAt(from), at: from });
    });

    it.each([5, 500, 1_025])('and signed with another key from %d on is told by that number', async (from) => {
      await edit(from);
      await forger.rewrite(org, from, { signed: true });
      for (const sequence of CHECKPOINTS.filter((one) => one >= from)) await forger.checkpoint(org, sequence);
      expect(await told()).toEqual({ problem: 'signature_wrong', at: from });
    });

    it('and signed with a key that was entered among ours is told by the number', async () => {
      await forger.enterKey();
      await edit(500);
      await forger.rewrite(org, 500, { signed: true });
      await forger.checkpoint(org, 1_010);
      const verification = await chains.verify(org);
      expect(verification).toMatchObject({
        problem: 'signature_wrong',
        first_bad_sequence: 500,
        through_sequence: 499,
      });
      expect(verification.detail).toContain(`${forger.key.id}, for which SECRETS_KEY does not vouch`);
      await world.db.query(`delete from audit_signing_key where id = $1`, [forger.key.id]);
    });

    it('without its checkpoints is told by the number', async () => {
      await edit(500);
      await forger.rewrite(org, 500);
      await uncheckpoint(1);
      expect(await told()).toEqual({ problem: 'signature_wrong', at: 500 });
    });

    it('so that it leaves a row out is told by the number', async () => {
      await cut(END);
      await world.db.query(
        `with gone as (delete from audit_seal where org_id = $1 and sequence = 700 returning audit_id)
         delete from audit_log a using gone where a.org_id = $1 and a.id = gone.audit_id`,
        [org],
      );
      await world.db.query(`update audit_seal set sequence = sequence - 1 where org_id = $1 and sequence > 700`, [org]);
      await forger.rewrite(org, 700);
      expect(await told()).toEqual({ problem: 'signature_wrong', at: 700 });
    });
  });

  describe('with a forged checkpoint', () => {
    it.each([10, 700, 1_010, 1_020])('at %d is told by that number', async (sequence) => {
      await forger.checkpoint(org, sequence);
      expect(await told()).toEqual({ problem: 'checkpoint_forged', at: sequence });
    });

    it('beyond the end is told by the number', async () => {
      await forger.checkpoint(org, END + 7);
      expect(await told()).toEqual({ problem: 'checkpoint_forged', at: END + 7 });
    });

    it.each([
      ['hash', `sha256('x'::bytea)`],
      ['created_at', `created_at + interval '1 microsecond'`],
      ['signature', 'set_byte(signature, 0, get_byte(signature, 0) # 1)'],
    ])('whose %s was changed is told by the number', async (column, value) => {
      await world.db.query(`update audit_checkpoint set ${column} = ${value} where org_id = $1 and sequence = 1010`, [
        org,
      ]);
      expect(await told()).toEqual({ problem: 'checkpoint_forged', at: 1_010 });
    });

    it('of its own at another place is told by the number', async () => {
      await world.db.query(`update audit_checkpoint set sequence = 900 where org_id = $1 and sequence = 1010`, [org]);
      expect(await told()).toEqual({ problem: 'checkpoint_forged', at: 900 });
    });

    it('of another organization is told by the number', async () => {
      await world.db.query(
        `insert into audit_checkpoint (org_id, sequence, created_at, hash, key_id, signature)
         select $1, 500, created_at, hash, key_id, signature from audit_checkpoint where org_id = $2 limit 1`,
        [org, world.globex.id],
      );
      expect(await told()).toEqual({ problem: 'checkpoint_forged', at: 500 });
    });

    it('that is held against it is told by the number', async () => {
      const [text = '', signature = ''] = outside.split('.');
      const forged = JSON.parse(Buffer.from(text, 'base64url').toString()) as { hash: string };
      const said = JSON.stringify({ ...forged, hash: 'ab'.repeat(32) });
      expect(await told(`${Buffer.from(said).toString('base64url')}.${signature}`)).toEqual({
        problem: 'given_checkpoint_forged',
        at: 1_010,
      });
    });
  });

  describe('with seals of another organization', () => {
    it('in the place of its own is told by the first', async () => {
      await chains.untriggered(async () => {
        await cut(20);
        await uncheckpoint(20);
        await world.db.query(
          `insert into audit_log select (a).* from (
             select jsonb_populate_record(a, jsonb_build_object('org_id', $1::uuid)) as a
             from audit_log a join audit_seal s on s.org_id = a.org_id and s.audit_id = a.id
             where a.org_id = $2 and s.sequence >= 20) x`,
          [org, world.globex.id],
        );
        await world.db.query(
          `insert into audit_seal select (s).* from (
             select jsonb_populate_record(s, jsonb_build_object('org_id', $1::uuid)) as s
             from audit_seal s where org_id = $2 and sequence >= 20) x`,
          [org, world.globex.id],
        );
      });
      expect((await told()).at).toBe(20);
    });

    it('does not take one of its numbers twice', async () => {
      await world.db.query(
        `insert into audit_seal select (s).* from (
           select jsonb_populate_record(s, jsonb_build_object('sealed_at', s.sealed_at + interval '1 second')) as s
           from audit_seal s where org_id = $1 and sequence = 600) x`,
        [org],
      );
      expect(await told()).toEqual({ problem: 'seal_repeated', at: 600 });
    });
  });

  describe('with a forged boundary', () => {
    it('is told, though all rows are there', async () => {
      await forger.boundary(org, 400, '2020-01-01T00:00:00Z');
      expect(await told()).toEqual({ problem: 'boundary_forged', at: 400 });
    });

    it('is told by the first row that it hides', async () => {
      await forger.boundary(org, 400, '2030-01-01T00:00:00Z');
      await world.db.query(`delete from audit_seal where org_id = $1 and sequence <= 400`, [org]);
      expect(await told()).toEqual({ problem: 'seal_missing', at: 1 });
    });
  });

  describe('that is verified in parts', () => {
    const walk = async (rowsMax: number) => {
      const parts = [];
      for (let after: string | null = null; ;) {
        const part = await chains.verify(org, { after, rowsMax });
        parts.push(part);
        if (part.next === null) return parts;
        after = part.next;
      }
    };

    it.each([100, 999, 1_000, 1_030, 5_000])('of %d rows has every row in one of them', async (rowsMax) => {
      const parts = await walk(rowsMax);
      let through = 0;
      for (const part of parts) {
        expect(part).toMatchObject({ status: 'valid', from_sequence: through + 1 });
        expect(part.rows_verified).toBeLessThanOrEqual(rowsMax);
        through = part.through_sequence;
      }
      expect(through).toBe(END);
      expect(parts.map(({ complete }) => complete)).toEqual(parts.map((_, index) => index === parts.length - 1));
    });

    it.each([5, 10, 11, 250, 1_010, 1_011, END])('tells %d, from which on it was written anew', async (from) => {
      await edit(from);
      await forger.rewrite(org, from);
      expect((await walk(100)).at(-1)).toMatchObject({ problem: flawAt(from), first_bad_sequence: from });
    });

    it('tells a row that it does not know', async () => {
      await cut(1_025, { rows: false });
      expect((await walk(100)).at(-1)).toMatchObject({ problem: 'row_not_in_chain', first_bad_sequence: 1_024 });
    });

    it('tells when the rows before a part are not what they were', async () => {
      const { next } = await chains.verify(org, { rowsMax: 100 });
      await cut(50);
      expect(await chains.verify(org, { after: next, rowsMax: 100 })).toMatchObject({
        problem: 'chain_cut',
        first_bad_sequence: 50,
      });
    });

    it('holds a given checkpoint against the part that it stands in', async () => {
      const states: (string | null)[] = [];
      for (let after: string | null = null; ;) {
        const part = await chains.verify(org, { after, rowsMax: 400, checkpoint: outside });
        states.push(part.given_checkpoint);
        if (part.next === null) break;
        after = part.next;
      }
      expect(states.indexOf('fits')).toBeGreaterThan(0);
      expect(new Set(states)).toEqual(new Set(['not_reached', 'fits']));
      expect(states.at(-1)).toBe('fits');
    });
  });
});
