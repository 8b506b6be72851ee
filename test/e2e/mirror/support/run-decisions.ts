import type { Answer } from '../../../support/http';
import type { World } from '../../../support/world';
import { MISSING, runPathOf, type Mirror } from './mirrors';

/** What a decision about a run is tried on: acme's run, and one of the same standing in globex. */
export interface RunScene {
  readonly world: World;
  /** Registries: of the mirror, another one of acme, globex's of the same name. */
  readonly id: string;
  readonly sibling: string;
  readonly foreign: string;
  readonly mirror: Mirror;
  readonly other: Mirror;
  readonly foreignMirror: Mirror;
  readonly run: string;
  readonly foreignRun: string;
}

export type Decision = 'cancel' | 'refuse' | 'release';

/** Decisions about runs are alike in all but what they do: a spec of one takes these along with its own. */
export class RunDecision {
  /** @param before the state of both runs before anybody has decided */
  constructor(
    private readonly decision: Decision,
    private readonly before: 'waiting' | 'held',
    private readonly scene: () => RunScene,
  ) {}

  /** The administrator's of acme unless it says another token; null: nobody's. */
  ask(asked: { runId?: string; mirrorId?: string; registry?: string; token?: string | null } = {}): Promise<Answer> {
    const { world, id, mirror, run } = this.scene();
    const { runId = run, mirrorId = mirror.id, registry = id, token = world.acme.admin } = asked;
    return world.call(
      'POST',
      `${runPathOf(registry, mirrorId, runId)}/${this.decision}`,
      token === null ? {} : { token },
    );
  }

  async stateOf(runId = this.scene().run): Promise<string | undefined> {
    const { world } = this.scene();
    const [row] = await world.db.query<{ state: string }>('select state from mirror_run where id = $1', [runId]);
    return row?.state;
  }

  refusesRunsThatAre(states: readonly string[], code: string): void {
    it.each(states)('answers 409 for a run that is %s, and writes nothing down', async (state) => {
      const { world, run } = this.scene();
      await world.db.query('update mirror_run set state = $2 where id = $1', [run, state]);
      await world.db.query('delete from audit_log');
      const answer = await this.ask();
      expect([answer.status, answer.json().type]).toEqual([409, `urn:portolan:error:${code}`]);
      expect(await this.stateOf()).toBe(state);
      expect(await world.db.query('select from audit_log')).toEqual([]);
    });

    it('answers 200 to one of two and 409 to the other', async () => {
      const answers = await Promise.all([this.ask(), this.ask()]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    });
  }

  refusesRunsThatAreElsewhere(): void {
    it('answers 404 for a run of another mirror, a missing one and what is no id, alike', async () => {
      const missing = await this.ask({ runId: MISSING });
      expect([missing.status, missing.json().type]).toEqual([404, 'urn:portolan:error:mirror_run_not_found']);
      for (const answer of [await this.ask({ mirrorId: this.scene().other.id }), await this.ask({ runId: 'first' })])
        expect(answer.masked).toBe(missing.masked);
    });

    it('answers 404 for a mirror of another registry, and nothing has changed', async () => {
      const answer = await this.ask({ registry: this.scene().sibling });
      expect([answer.status, answer.json().type]).toEqual([404, 'urn:portolan:error:mirror_not_found']);
      expect(await this.stateOf()).toBe(this.before);
    });
  }

  requiresSignIn(): void {
    it('answers 401 without a credential, of whatever run', async () => {
      const { run, foreignRun } = this.scene();
      for (const runId of [run, foreignRun, MISSING]) expect((await this.ask({ runId, token: null })).status).toBe(401);
      expect(await this.stateOf()).toBe(this.before);
    });
  }

  requiresThePermission(): void {
    it.each([
      ['Admin', 200],
      ['Publisher', 403],
      ['Viewer', 403],
    ] as const)('answers %s of the registry %d', async (role, status) => {
      const { world, id } = this.scene();
      const token = await world.aSystemAccount(world.acme, [{ role, on: id }]);
      expect((await this.ask({ token })).status).toBe(status);
    });

    it('answers 404 to who does not know the registry', async () => {
      const { world, sibling } = this.scene();
      const token = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: sibling }]);
      expect((await this.ask({ token })).status).toBe(404);
    });
  }

  hidesOtherOrganizations(): void {
    it('answers a foreign run and a missing one alike, byte for byte', async () => {
      const hidden = await this.ask({ runId: this.scene().foreignRun });
      expect([hidden.status, hidden.masked]).toEqual([404, (await this.ask({ runId: MISSING })).masked]);
    });

    it('answers a foreign mirror and a missing one alike, byte for byte', async () => {
      const { foreignRun: runId, foreignMirror } = this.scene();
      const hidden = await this.ask({ runId, mirrorId: foreignMirror.id });
      expect([hidden.status, hidden.masked]).toEqual([404, (await this.ask({ runId, mirrorId: MISSING })).masked]);
    });

    it('answers a foreign registry and a missing one alike, byte for byte, and nothing has changed', async () => {
      const { foreignRun: runId, foreignMirror, foreign } = this.scene();
      const hidden = await this.ask({ runId, mirrorId: foreignMirror.id, registry: foreign });
      const missing = await this.ask({ runId, mirrorId: foreignMirror.id, registry: MISSING });
      expect([hidden.status, hidden.masked]).toEqual([404, missing.masked]);
      expect(await this.stateOf(runId)).toBe(this.before);
    });
  }
}
