import { aWorld, type Organization, type World } from '../../../support/world';
import {
  aHolder,
  anAccountWith,
  anIdentityAdmin,
  aTeam,
  grant,
  hidesAlike,
  idOf,
  join,
  MISSING,
  needsIdentityAdmin,
  needsIdentityViewer,
  needsSignIn,
  NO_IDS,
  predefinedTeam,
  problems,
  refusal,
  refusesBadQueries,
  shown,
  trailOf,
  type Grant,
  type Listed,
} from './identity';

export type MemberType = 'user' | 'system_account';

/** What an administrator has, held without being one. */
const EVERYTHING: readonly Grant[] = [
  ['Admin', 'MCP Registries'],
  ['Creator', 'MCP Registries'],
  ['Admin', 'Upstreams'],
  ['Admin', 'Audit Logs'],
  ['Admin', 'Identity'],
];
const PATHS = { user: 'users', system_account: 'system-accounts' } as const;
const OTHER = { user: 'system_account', system_account: 'user' } as const;

/** What the routes of both kinds of members have in common. Each method registers tests. */
export class TeamMembers {
  world!: World;
  private teamId = '';
  private foreignTeamId = '';
  private memberId = '';
  private foreignMemberId = '';

  constructor(private readonly type: MemberType) {}

  async open(): Promise<void> {
    this.world = await aWorld();
  }

  async fresh(): Promise<void> {
    const { acme, globex } = this.world;
    this.teamId = (await aTeam(this.world, acme)).id;
    this.foreignTeamId = (await aTeam(this.world, globex)).id;
    this.memberId = await aHolder(this.world, acme, this.type);
    this.foreignMemberId = await aHolder(this.world, globex, this.type);
  }

  path(teamId = this.teamId, memberId?: string): string {
    return `/v0/teams/${teamId}/${PATHS[this.type]}${memberId === undefined ? '' : `/${memberId}`}`;
  }

  add(id: unknown, teamId = this.teamId, token = this.world.acme.admin) {
    return this.world.call('POST', this.path(teamId), { token, body: { id } });
  }

  remove(id: string, teamId = this.teamId, token = this.world.acme.admin) {
    return this.world.call('DELETE', this.path(teamId, id), { token });
  }

  list(query = '', teamId = this.teamId, token = this.world.acme.admin) {
    return this.world.call('GET', `${this.path(teamId)}${query}`, { token });
  }

  async ids(teamId?: string, organization: Organization = this.world.acme): Promise<string[]> {
    const answer = await this.list('?page[size]=100', teamId, organization.admin);
    return answer.json<Listed<{ id: string }>>().data.map(({ id }) => id);
  }

  /** The member as the list of a team shows it. */
  private async row(id: string): Promise<Record<string, unknown> | undefined> {
    const { data } = (await this.list('?page[size]=100')).json<Listed<Record<string, unknown>>>();
    return data.find((one) => one.id === id);
  }

  // --- list

  listWorks(shape: Readonly<Record<string, unknown>>): void {
    it('answers 200 with whole members and their number', async () => {
      await this.add(this.memberId);
      const answer = await this.list();
      expect(answer.status).toBe(200);
      expect(answer.json()).toEqual({
        data: [{ ...shape, id: this.memberId }],
        meta: { page: { number: 1, size: 10, total: 1 } },
      });
    });

    it('shows only members of this kind and of this team, the inactive ones too', async () => {
      const other = await aHolder(this.world, this.world.acme, OTHER[this.type]);
      await join(this.world, this.world.acme, this.teamId, { type: OTHER[this.type], id: other });
      const elsewhere = await aTeam(this.world, this.world.acme);
      await this.add(await aHolder(this.world, this.world.acme, this.type), elsewhere.id);
      await this.add(this.memberId);
      const table = this.type === 'user' ? 'user_account' : 'system_account';
      await this.world.db.query(`update ${table} set active = false where id = $1`, [this.memberId]);
      expect(await this.ids()).toEqual([this.memberId]);
    });

    it('filters, sorts and pages', async () => {
      const members = [this.memberId, await aHolder(this.world, this.world.acme, this.type)];
      for (const id of members) await this.add(id);
      const found = async (query: string) =>
        (await this.list(query)).json<Listed<{ id: string }>>().data.map(({ id }) => id);
      expect(await found(`?filter[id]=${this.memberId}`)).toEqual([this.memberId]);
      expect(await found('?filter[active]=false')).toEqual([]);
      expect(await found('?sort=created_at%20desc')).toEqual([...members].reverse());
      expect(await found('?sort=created_at&page[size]=1&page[number]=2')).toEqual([members[1]]);
    });
  }

  listRejects(): void {
    refusesBadQueries((query) => this.list(query));
  }

  listRequiresSignIn(): void {
    needsSignIn(
      (id) => this.world.call('GET', this.path(id)),
      () => this.teamId,
    );
  }

  listRequiresPermission(): void {
    needsIdentityViewer(
      () => this.world,
      (token) => this.list('', this.teamId, token),
    );
  }

  listHides(): void {
    hidesAlike(
      'team_not_found',
      (id) => this.list('', id),
      () => this.foreignTeamId,
    );

    it('finds no foreign member by its id', async () => {
      await this.add(this.foreignMemberId, this.foreignTeamId, this.world.globex.admin);
      expect(await this.ids(this.foreignTeamId, this.world.globex)).toEqual([this.foreignMemberId]);
      const answer = await this.list(`?filter[id]=${this.foreignMemberId}`);
      expect(answer.json<Listed<unknown>>().meta.page.total).toBe(0);
    });
  }

  // --- add

  addWorks(): void {
    it('answers 201 with the member as the list shows it', async () => {
      const answer = await this.add(this.memberId);
      expect([answer.status, answer.json()]).toEqual([201, await this.row(this.memberId)]);
    });

    it('gives the member at once what the team may do', async () => {
      await this.world.aRegistry(this.world.acme, `tools-${this.teamId}`);
      const role = ['Viewer', 'MCP Registries'] as const;
      await grant(this.world, this.world.acme, { type: 'team', id: this.teamId }, role);
      const { acme } = this.world;
      const token = await (this.type === 'user' ? this.world.aUser(acme) : this.world.aSystemAccount(acme));
      const read = async () => (await this.world.call('GET', `/v0/registries/tools-${this.teamId}`, { token })).status;
      expect(await read()).toBe(404);
      await this.add(await idOf(this.world, token));
      expect(await read()).toBe(200);
    });

    it('writes one audit row with the team and the member', async () => {
      const trail = await trailOf(this.world, this.world.acme, () => this.add(this.memberId));
      expect(trail).toEqual([
        expect.objectContaining({
          action: 'team.member.add',
          target_id: this.teamId,
          target_name: 'Payments',
          before: null,
          after: { type: this.type, id: this.memberId, name: expect.any(String) as string },
        }),
      ]);
    });

    it('takes exactly one of many who add the same member at the same time', async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => this.add(this.memberId)));
      const statuses = answers.map(({ status }) => status).sort((one, other) => one - other);
      expect(statuses).toEqual([201, ...Array.from({ length: 9 }, () => 409)]);
    });
  }

  addRejects(): void {
    it.each([
      [{}, 'id', 'required'],
      [{ id: null }, 'id', 'is_string'],
      [{ id: ['x'] }, 'id', 'is_string'],
      [{ id: MISSING, source: 'identity_provider' }, 'source', 'unknown_property'],
    ])('row %# names the field and the rule', async (body, field, rule) => {
      const answer = await this.world.call('POST', this.path(), { token: this.world.acme.admin, body });
      expect(answer.status).toBe(400);
      expect(problems(answer)).toContainEqual(expect.objectContaining({ field, rule, source: 'body' }));
    });

    it('answers 409 for one who is a member already', async () => {
      await this.add(this.memberId);
      expect(refusal(await this.add(this.memberId.toUpperCase()))).toEqual([409, 'already_member']);
      expect(await this.ids()).toEqual([this.memberId]);
    });

    it('answers 400 for the id of another kind of principal', async () => {
      const other = await aHolder(this.world, this.world.acme, OTHER[this.type]);
      expect(problems(await this.add(other))).toEqual([
        expect.objectContaining({ field: 'id', rule: 'missing_reference' }),
      ]);
    });
  }

  addRequiresSignIn(): void {
    needsSignIn(
      (id) => this.world.call('POST', this.path(id), { body: { id: this.memberId } }),
      () => this.teamId,
    );
  }

  addRequiresPermission(): void {
    needsIdentityAdmin(
      () => this.world,
      (token) => this.add(this.memberId, this.teamId, token),
    );

    it('lets an Identity Admin add to a team that may no more than he', async () => {
      await grant(this.world, this.world.acme, { type: 'team', id: this.teamId }, ['Admin', 'Identity']);
      const token = await anIdentityAdmin(this.world, this.world.acme);
      expect((await this.add(this.memberId, this.teamId, token)).status).toBe(201);
    });

    it.each(['Organization Admin', 'MCP Registry Viewer', 'Auditor'])(
      'lets an Identity Admin bring neither others nor himself into %s, and writes that down',
      async (name) => {
        const { acme } = this.world;
        const teamId = await predefinedTeam(this.world, acme, name);
        const token = await anIdentityAdmin(this.world, acme);
        const ids = this.type === 'user' ? [this.memberId] : [this.memberId, await idOf(this.world, token)];
        for (const id of ids) {
          const trail = await trailOf(this.world, acme, async () => {
            expect(refusal(await this.add(id, teamId, token))).toEqual([403, 'privilege_ceiling']);
          });
          expect(trail).toEqual([expect.objectContaining({ action: 'permission.deny', reason: 'privilege_ceiling' })]);
          expect(await this.ids(teamId)).not.toContain(id);
        }
      },
    );
  }

  addHides(): void {
    hidesAlike(
      'team_not_found',
      (id) => this.add(this.memberId, id),
      () => this.foreignTeamId,
    );

    it('answers for a foreign member, a missing one and what is no id alike', async () => {
      const missing = await this.add(MISSING);
      expect(missing.status).toBe(400);
      expect(problems(missing)).toEqual([
        expect.objectContaining({ field: 'id', rule: 'missing_reference', source: 'body' }),
      ]);
      for (const id of [this.foreignMemberId, ...NO_IDS])
        expect([id, shown(await this.add(id))]).toEqual([id, shown(missing)]);
      expect(await this.ids()).toEqual([]);
    });

    it('lets nobody put himself into a foreign team', async () => {
      expect((await this.add(this.memberId, this.foreignTeamId)).status).toBe(404);
      expect(await this.ids(this.foreignTeamId, this.world.globex)).toEqual([]);
    });
  }

  // --- remove

  removeWorks(): void {
    it('answers 204 without a body, and 404 from then on', async () => {
      await this.add(this.memberId);
      const answer = await this.remove(this.memberId);
      expect([answer.status, answer.text]).toEqual([204, '']);
      expect(await this.ids()).toEqual([]);
      expect(refusal(await this.remove(this.memberId))).toEqual([404, 'member_not_found']);
    });

    it('leaves the memberships in other teams', async () => {
      const other = await aTeam(this.world, this.world.acme);
      await this.add(this.memberId);
      await this.add(this.memberId, other.id);
      await this.remove(this.memberId);
      expect(await this.ids(other.id)).toEqual([this.memberId]);
    });

    it('takes from the member at once what the team gave', async () => {
      const { acme } = this.world;
      await grant(this.world, acme, { type: 'team', id: this.teamId }, ['Viewer', 'Audit Logs']);
      const token = await (this.type === 'user' ? this.world.aUser(acme) : this.world.aSystemAccount(acme));
      const id = await idOf(this.world, token);
      await this.add(id);
      const read = async () => (await this.world.call('GET', '/v0/audit-logs', { token })).status;
      expect(await read()).toBe(200);
      await this.remove(id);
      expect(await read()).toBe(403);
    });

    it('writes one audit row with the team and the member', async () => {
      await this.add(this.memberId);
      const trail = await trailOf(this.world, this.world.acme, () => this.remove(this.memberId));
      expect(trail).toEqual([
        expect.objectContaining({
          action: 'team.member.remove',
          target_id: this.teamId,
          before: { type: this.type, id: this.memberId, name: expect.any(String) as string },
          after: null,
        }),
      ]);
    });
  }

  removeRejects(): void {
    it.each(NO_IDS)('answers 404 for %s as for one who is no member', async (id) => {
      expect(shown(await this.remove(id))).toEqual(shown(await this.remove(this.memberId)));
    });

    it('answers 409 for a membership that the identity provider decides about, while it does', async () => {
      const { acme } = this.world;
      await join(this.world, acme, this.teamId, { type: this.type, id: this.memberId }, 'identity_provider');
      const mapping = (enabled: boolean) =>
        this.world.db.query(`update organization set idp_mapping_enabled = $2 where id = $1`, [acme.id, enabled]);
      await mapping(true);
      expect(refusal(await this.remove(this.memberId))).toEqual([409, 'membership_managed']);
      expect(await this.ids()).toEqual([this.memberId]);
      await mapping(false);
      expect((await this.remove(this.memberId)).status).toBe(204);
    });
  }

  /** One administrator always stays, and every change is made by somebody who is none by membership. */
  removeKeepsAdministrator(): void {
    const administrators = async (count: number) => {
      const { acme } = this.world;
      const teamId = await predefinedTeam(this.world, acme, 'Organization Admin');
      const members: string[] = [];
      for (let index = 0; index < count; index += 1) members.push(await aHolder(this.world, acme, this.type));
      await this.world.db.query(`delete from team_member where team_id = $1`, [teamId]);
      for (const id of members) await join(this.world, acme, teamId, { type: this.type, id });
      return { teamId, members, token: await anAccountWith(this.world, acme, ...EVERYTHING) };
    };
    const left = async (teamId: string) =>
      (await this.world.db.query(`select from team_member where team_id = $1`, [teamId])).length;

    describe('of administrators', () => {
      afterEach(async () => {
        const { acme } = this.world;
        const teamId = await predefinedTeam(this.world, acme, 'Organization Admin');
        await this.world.db.query(`delete from team_member where team_id = $1`, [teamId]);
        await join(this.world, acme, teamId, { type: 'user', id: await idOf(this.world, acme.admin) });
      });

      it('keeps the last active one', async () => {
        const { teamId, members, token } = await administrators(2);
        const [first = '', second = ''] = members;
        const table = this.type === 'user' ? 'user_account' : 'system_account';
        await this.world.db.query(`update ${table} set active = false where id = $1`, [first]);
        expect(refusal(await this.remove(second, teamId, token))).toEqual([409, 'last_organization_admin']);
        expect((await this.remove(first, teamId, token)).status).toBe(204);
        expect(refusal(await this.remove(second, teamId, token))).toEqual([409, 'last_organization_admin']);
        expect(await left(teamId)).toBe(1);
      });

      it('keeps one when all are removed at the same time', async () => {
        for (let round = 0; round < 5; round += 1) {
          const { teamId, members, token } = await administrators(4);
          const answers = await Promise.all(members.map((id) => this.remove(id, teamId, token)));
          const statuses = answers.map(({ status }) => status).sort((one, other) => one - other);
          expect([statuses, await left(teamId)]).toEqual([[204, 204, 204, 409], 1]);
        }
      });
    });
  }

  removeRequiresSignIn(): void {
    needsSignIn(
      (id) => this.world.call('DELETE', this.path(id, this.memberId)),
      () => this.teamId,
    );
  }

  removeRequiresPermission(): void {
    needsIdentityAdmin(
      () => this.world,
      (token) => this.remove(this.memberId, this.teamId, token),
    );

    it('answers 403 to an Identity Admin when the team may more than he, and writes that down', async () => {
      const { acme } = this.world;
      await grant(this.world, acme, { type: 'team', id: this.teamId }, ['Viewer', 'MCP Registries']);
      await this.add(this.memberId);
      const token = await anIdentityAdmin(this.world, acme);
      const trail = await trailOf(this.world, acme, async () => {
        expect(refusal(await this.remove(this.memberId, this.teamId, token))).toEqual([403, 'privilege_ceiling']);
      });
      expect(trail).toEqual([expect.objectContaining({ action: 'permission.deny', reason: 'privilege_ceiling' })]);
      expect(await this.ids()).toEqual([this.memberId]);
    });
  }

  removeHides(): void {
    hidesAlike(
      'team_not_found',
      (id) => this.remove(this.memberId, id),
      () => this.foreignTeamId,
    );

    it('answers for a foreign member and a missing one alike, and leaves the foreign membership', async () => {
      const { globex } = this.world;
      await this.add(this.foreignMemberId, this.foreignTeamId, globex.admin);
      const missing = await this.remove(MISSING);
      expect(refusal(missing)).toEqual([404, 'member_not_found']);
      expect(shown(await this.remove(this.foreignMemberId))).toEqual(shown(missing));
      await this.remove(this.foreignMemberId, this.foreignTeamId);
      expect(await this.ids(this.foreignTeamId, globex)).toEqual([this.foreignMemberId]);
    });

    it('takes nobody out of a team by the path of another one', async () => {
      const other = await aTeam(this.world, this.world.acme);
      await this.add(this.memberId, other.id);
      expect(refusal(await this.remove(this.memberId))).toEqual([404, 'member_not_found']);
      expect(await this.ids(other.id)).toEqual([this.memberId]);
    });
  }
}
