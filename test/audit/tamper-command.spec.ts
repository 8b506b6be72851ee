import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rotateAuditKey } from '../../apps/cli/src/commands/rotate-audit-key';
import { verifyAudit } from '../../apps/cli/src/commands/verify-audit';
import { MISSING } from '../security/fixture';
import { aWorld, TEST_ENVIRONMENT, type Organization, type World } from '../support/world';
import { Chains, SOUND } from './chains';

describe('audit verify', () => {
  const environment = process.env;
  let world: World;
  let chains: Chains;
  let folder: string;

  /** Runs a command as the operator does: 0, 1 or 2 and what it printed. */
  const run = async (command: () => Promise<number>, settings: Readonly<Record<string, string>> = {}) => {
    const printed = { stdout: '', stderr: '' };
    const spies = [
      jest.spyOn(console, 'log').mockImplementation((text: string) => (printed.stdout += text)),
      jest.spyOn(console, 'error').mockImplementation((text: string) => (printed.stderr += text)),
    ];
    process.env = { ...environment, ...TEST_ENVIRONMENT, DATABASE_URL: world.db.appUrl, ...settings };
    try {
      return { code: await command(), ...printed };
    } finally {
      process.env = environment;
      for (const spy of spies) spy.mockRestore();
    }
  };
  const tokenOf = async ({ admin } = world.acme) => {
    const answer = await world.call('GET', '/v0/audit-logs/checkpoints', { token: admin });
    return answer.json<{ data: { token: string }[] }>().data[0]?.token ?? '';
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'portolan-verify-'));
    world = await aWorld();
    chains = new Chains(world);
    for (const { id } of [world.acme, world.globex]) {
      await chains.write(id, 9);
      await chains.seal(id);
    }
  });

  afterAll(async () => {
    await world.close();
    rmSync(folder, { recursive: true });
  });

  it('prints the result and ends with 0 for a trail that is complete and unchanged', async () => {
    const { code, stdout, stderr } = await run(() => verifyAudit('acme', null));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      organization: 'acme',
      status: 'valid',
      complete: true,
      rows_verified: 10,
    });
  });

  it('ends with 1 and names the row for a trail that is not', async () => {
    await world.db.query(
      `update audit_log a set reason = 'x' from audit_seal s
       where s.org_id = $1 and s.sequence = 6 and a.org_id = s.org_id and a.id = s.audit_id`,
      [world.globex.id],
    );
    const { code, stdout } = await run(() => verifyAudit('globex', null));
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'broken', first_bad_sequence: 6, problem: 'row_changed' });
  });

  it('takes a checkpoint as text and as a file', async () => {
    const token = await tokenOf();
    const file = join(folder, 'checkpoint.txt');
    writeFileSync(file, `${token}\n`);
    for (const checkpoint of [token, file]) {
      const { code, stdout } = await run(() => verifyAudit('acme', checkpoint));
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ given_checkpoint: 'fits' });
    }
  });

  it('takes the id of an organization in the place of its name, in any letter case', async () => {
    const checkpoint = await tokenOf();
    const { code, stdout } = await run(() => verifyAudit(world.acme.id.toUpperCase(), checkpoint));
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'valid', rows_verified: 10, given_checkpoint: 'fits' });
  });

  describe('of an organization that was deleted', () => {
    let gone: Organization;
    let token: string;

    beforeAll(async () => {
      gone = await world.anOrganization('gone');
      await chains.write(gone.id, 3);
      await chains.seal(gone.id);
      token = await tokenOf(gone);
      await world.db.query('delete from organization where id = $1', [gone.id]);
    });

    it('verifies by its id what is left of it', async () => {
      const { code, stdout } = await run(() => verifyAudit(gone.id, token));
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ organization: gone.id, status: 'valid', rows_verified: 4 });
      expect((await run(() => verifyAudit('gone', null))).code).toBe(2);
    });

    it('finds by a checkpoint that was kept that nothing is left', async () => {
      for (const table of ['audit_log', 'audit_unsealed', 'audit_seal', 'audit_checkpoint'])
        await world.db.query(`delete from ${table} where org_id = $1`, [gone.id]);
      const { code, stdout } = await run(() => verifyAudit(gone.id, token));
      expect(code).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({ status: 'broken', problem: 'chain_cut' });
      expect((await run(() => verifyAudit(gone.id, null))).code).toBe(2);
    });
  });

  it.each([
    ['an id that nobody has', MISSING, null, {}, `there is no organization ${MISSING}`],
    ['an organization that is not there', 'nobody', null, {}, 'there is no organization nobody'],
    ['a checkpoint that is none', 'acme', 'x', {}, 'checkpoint must be the token'],
    [
      'no SECRETS_KEY',
      'acme',
      null,
      { SECRETS_KEY: '' },
      'SECRETS_KEY is missing: without it no signature can be checked',
    ],
    ['a database that does not answer', 'acme', null, { DATABASE_URL: 'postgres://x@127.0.0.1:1/x' }, ''],
  ])('ends with 2 and no result for %s', async (_, organization, checkpoint, settings, why) => {
    const { code, stdout, stderr } = await run(() => verifyAudit(organization, checkpoint), settings);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`portolan: ${why}`);
  });

  it('finds the trail valid after audit rotate-key', async () => {
    const { code, stdout } = await run(rotateAuditKey);
    expect(code).toBe(0);
    const [key] = await world.db.query<{ id: string }>(`select id from audit_signing_key where retired_at is null`);
    expect(stdout).toContain(key?.id);
    await chains.write(world.acme.id, 3);
    await chains.seal(world.acme.id);
    expect(await chains.told(world.acme.id)).toEqual(SOUND);
  });
});
