import { aWorld, type World } from '../../../support/world';
import {
  aHolder,
  aTeam,
  hidesAlike,
  join,
  needsIdentityViewer,
  needsSignIn,
  refusesBadQueries,
  type Listed,
  type Team,
} from './identity';

const PATHS = { user: 'users', system_account: 'system-accounts' } as const;

/** The teams of a user or of a system account. Each method but `open` registers tests. */
export class MemberTeams {
  world!: World;
  private memberId = '';
  private foreignId = '';
  private alpha!: Team;
  private beta!: Team;

  constructor(private readonly type: keyof typeof PATHS) {}

  async open(): Promise<void> {
    this.world = await aWorld();
    const { acme, globex } = this.world;
    this.memberId = await aHolder(this.world, acme, this.type);
    this.foreignId = await aHolder(this.world, globex, this.type);
    this.beta = await aTeam(this.world, acme, { name: 'beta' });
    this.alpha = await aTeam(this.world, acme, { name: 'alpha', labels: { env: 'test' } });
    const others = await aTeam(this.world, acme, { name: 'others' });
    const foreign = await aTeam(this.world, globex, { name: 'alpha' });
    for (const { id } of [this.alpha, this.beta])
      await join(this.world, acme, id, { type: this.type, id: this.memberId });
    await join(this.world, acme, others.id, { type: this.type, id: await aHolder(this.world, acme, this.type) });
    await join(this.world, globex, foreign.id, { type: this.type, id: this.foreignId });
  }

  private path(id: string): string {
    return `/v0/${PATHS[this.type]}/${id}/teams`;
  }

  private list(query = '', id = this.memberId, token = this.world.acme.admin) {
    return this.world.call('GET', `${this.path(id)}${query}`, { token });
  }

  works(): void {
    it('answers 200 with the whole teams by name', async () => {
      const answer = await this.list();
      expect([answer.status, answer.json()]).toEqual([
        200,
        { data: [this.alpha, this.beta], meta: { page: { number: 1, size: 10, total: 2 } } },
      ]);
    });

    it('filters, sorts and pages', async () => {
      const found = async (query: string) => (await this.list(query)).json<Listed<Team>>().data.map(({ name }) => name);
      expect(await found('?filter[labels.env]=test')).toEqual(['alpha']);
      expect(await found('?filter[name]=others')).toEqual([]);
      expect(await found('?sort=created_at')).toEqual(['beta', 'alpha']);
      expect(await found('?page[size]=1&page[number]=2')).toEqual(['beta']);
    });

    it('answers with no team for one who is in none', async () => {
      const answer = await this.list('', await aHolder(this.world, this.world.acme, this.type));
      expect(answer.json()).toEqual({ data: [], meta: { page: { number: 1, size: 10, total: 0 } } });
    });
  }

  rejects(): void {
    refusesBadQueries((query) => this.list(query));
  }

  requiresSignIn(): void {
    needsSignIn(
      (id) => this.world.call('GET', this.path(id)),
      () => this.memberId,
    );
  }

  requiresPermission(): void {
    needsIdentityViewer(
      () => this.world,
      (token) => this.list('', this.memberId, token),
    );
  }

  hides(): void {
    hidesAlike(
      `${this.type}_not_found`,
      (id) => this.list('', id),
      () => this.foreignId,
    );

    it('answers for the id of another kind of principal as for a missing one', async () => {
      const other = await aHolder(this.world, this.world.acme, this.type === 'user' ? 'system_account' : 'user');
      expect((await this.list('', other)).status).toBe(404);
    });
  }
}
