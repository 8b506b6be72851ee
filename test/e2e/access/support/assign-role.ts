import { ROLES } from '@portolan/access';
import { AssignedRoles } from './assigned-roles';
import {
  anAccountWith,
  anIdentityAdmin,
  hidesAlike,
  MISSING,
  needsIdentityAdmin,
  needsSignIn,
  problems,
  refusal,
  shown,
  trailOf,
  type AssignedRole,
} from './identity';

const CATALOGUE = Object.entries(ROLES).flatMap(([type, roles]) => Object.keys(roles).map((role) => ({ type, role })));

/** Registers the tests of the route that assigns roles to one kind of holder; each method one section of them. */
export class AssignRoleSuite extends AssignedRoles {
  works(): void {
    it('answers 201 with the assigned role', async () => {
      const answer = await this.assign(this.body({ entity_region: 'eu' }));
      expect(answer.status).toBe(201);
      expect(answer.json()).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        role_name: 'Viewer',
        entity_id: this.registryId,
        entity_type_name: 'MCP Registries',
        entity_region: 'eu',
        created_at: expect.stringMatching(/\.\d{6}Z$/) as string,
      });
      expect(await this.all()).toEqual([answer.json()]);
    });

    it('means every region when none is given, and one registry by an id in capitals', async () => {
      const answer = await this.assign(this.body({ entity_id: this.registryId.toUpperCase() }));
      expect(answer.json()).toMatchObject({ entity_region: '*', entity_id: this.registryId });
    });

    it.each(CATALOGUE)('assigns $role of $type on all', async ({ type, role }) => {
      const answer = await this.assign(this.body({ role_name: role, entity_type_name: type, entity_id: '*' }));
      expect(answer.status).toBe(201);
    });

    it('counts at once', async () => {
      const token = await this.tokenOf(this.world.acme);
      const read = async () => (await this.world.call('GET', '/v0/registries/tools', { token })).status;
      expect(await read()).toBe(404);
      await this.assigned();
      expect(await read()).toBe(200);
    });

    it('writes one audit row with the role and its holder', async () => {
      let role: AssignedRole | undefined;
      const trail = await trailOf(this.world, this.world.acme, async () => {
        role = await this.assigned();
      });
      expect(trail).toEqual([
        expect.objectContaining({
          action: 'role.assign',
          target_id: role?.id,
          target_name: expect.any(String) as string,
          before: null,
          after: { ...role, holder: { type: this.type, id: this.holderId } },
        }),
      ]);
      const rows = await this.world.db.query(`select registry_id from audit_log where target_id = $1`, [role?.id]);
      expect(rows).toEqual([{ registry_id: this.registryId }]);
    });

    it('assigns once what is assigned many times at the same time', async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => this.assign(this.body())));
      const statuses = answers.map(({ status }) => status).sort((one, other) => one - other);
      expect(statuses).toEqual([201, ...Array.from({ length: 9 }, () => 409)]);
      expect(await this.all()).toHaveLength(1);
    });

    it('leaves no role on a registry that is deleted at the same time', async () => {
      for (let round = 0; round < 5; round += 1) {
        const id = await this.world.aRegistry(this.world.acme, `short-lived-${round}`);
        const [assigned, deleted] = await Promise.all([
          this.assign(this.body({ entity_id: id })),
          this.world.call('DELETE', `/v0/registries/${id}`, { token: this.world.acme.admin }),
        ]);
        expect([deleted.status, [201, 400].includes(assigned.status)]).toEqual([204, true]);
        expect(await this.all()).toEqual([]);
      }
    });
  }

  rejects(): void {
    it.each([
      [{ role_name: undefined }, 'role_name', 'required', {}],
      [{ role_name: 7 }, 'role_name', 'is_string', {}],
      [{ role_name: 'Owner' }, 'role_name', 'enum', { choices: ['Admin', 'Creator', 'Publisher', 'Viewer'] }],
      [{ role_name: 'viewer' }, 'role_name', 'enum', {}],
      [{ role_name: 'toString' }, 'role_name', 'enum', {}],
      [{ role_name: 'Publisher', entity_type_name: 'Identity' }, 'role_name', 'enum', { choices: ['Admin', 'Viewer'] }],
      [{ entity_type_name: undefined }, 'entity_type_name', 'required', {}],
      [
        { entity_type_name: 'Portals' },
        'entity_type_name',
        'enum',
        { choices: ['MCP Registries', 'Upstreams', 'Audit Logs', 'Identity'] },
      ],
      [{ entity_type_name: '__proto__' }, 'entity_type_name', 'enum', {}],
      [{ entity_type_name: 'constructor', role_name: 'name' }, 'entity_type_name', 'enum', {}],
      [{ entity_id: undefined }, 'entity_id', 'required', {}],
      [{ entity_id: null }, 'entity_id', 'is_string', {}],
      [{ entity_type_name: 'Audit Logs' }, 'entity_id', 'enum', { choices: ['*'] }],
      [{ entity_type_name: 'Identity', entity_id: MISSING }, 'entity_id', 'enum', { choices: ['*'] }],
      [{ entity_region: 'mars' }, 'entity_region', 'enum', { choices: ['us', 'eu', 'au', 'me', 'in', 'sg', '*'] }],
      [{ entity_region: null }, 'entity_region', 'enum', {}],
      [{ team_id: MISSING }, 'team_id', 'unknown_property', {}],
    ])('row %# names the field and the rule, and nothing is assigned', async (overrides, field, rule, limits) => {
      const answer = await this.assign(this.body(overrides));
      expect(answer.status).toBe(400);
      expect(problems(answer)).toContainEqual(expect.objectContaining({ field, rule, source: 'body', ...limits }));
      expect(await this.all()).toEqual([]);
    });

    it('answers 409 for a role that the holder has already, in whatever region', async () => {
      await this.assigned();
      expect(refusal(await this.assign(this.body({ entity_region: 'us' })))).toEqual([409, 'role_already_assigned']);
      await this.assigned({ role_name: 'Publisher' });
      await this.assigned({ entity_id: '*' });
      expect(await this.all()).toHaveLength(3);
    });
  }

  /** Only teams are predefined. */
  rejectsPredefined(): void {
    it('answers 409 for a predefined team', async () => {
      expect(refusal(await this.assign(this.body(), await this.predefined()))).toEqual([409, 'predefined_team']);
    });
  }

  requiresSignIn(): void {
    needsSignIn(
      (id) => this.world.call('POST', this.path(id), { body: this.body() }),
      () => this.holderId,
    );
  }

  requiresPermission(): void {
    needsIdentityAdmin(
      () => this.world,
      (token) => this.assign(this.body(), this.holderId, token),
    );

    it.each([
      ['Admin', 'MCP Registries', 'one'],
      ['Viewer', 'MCP Registries', 'one'],
      ['Admin', 'MCP Registries', 'all'],
      ['Viewer', 'Audit Logs', 'all'],
    ])('lets an Identity Admin give nobody %s of %s on %s, and writes that down', async (role, type, on) => {
      const { acme } = this.world;
      const token = await anIdentityAdmin(this.world, acme);
      const input = { role_name: role, entity_type_name: type, entity_id: on === 'all' ? '*' : this.registryId };
      const trail = await trailOf(this.world, acme, async () => {
        expect(refusal(await this.assign(input, this.holderId, token))).toEqual([403, 'privilege_ceiling']);
      });
      expect(trail).toEqual([expect.objectContaining({ action: 'permission.deny', reason: 'privilege_ceiling' })]);
      expect(await this.all()).toEqual([]);
    });

    it('lets everybody who manages identity give what he has, as far as he has it', async () => {
      const token = await anAccountWith(
        this.world,
        this.world.acme,
        ['Admin', 'Identity'],
        ['Publisher', 'MCP Registries', this.registryId],
      );
      const attempt = async (overrides: Record<string, unknown>) =>
        (await this.assign(this.body(overrides), this.holderId, token)).status;
      expect(await attempt({})).toBe(201);
      expect(await attempt({ role_name: 'Publisher' })).toBe(201);
      expect(await attempt({ role_name: 'Admin' })).toBe(403);
      expect(await attempt({ role_name: 'Publisher', entity_id: '*' })).toBe(403);
      expect(await attempt({ role_name: 'Viewer', entity_type_name: 'Identity', entity_id: '*' })).toBe(201);
    });

    it('tells one who may not give it nothing about whether a registry is there', async () => {
      const token = await anIdentityAdmin(this.world, this.world.acme);
      const attempt = async (entityId: string) =>
        shown(await this.assign(this.body({ entity_id: entityId }), this.holderId, token));
      const own = await attempt(this.registryId);
      expect(own.status).toBe(403);
      for (const entityId of [this.foreignRegistryId, MISSING, 'x']) expect(await attempt(entityId)).toEqual(own);
    });
  }

  hides(): void {
    hidesAlike(
      this.notFound,
      (id) => this.assign(this.body(), id),
      () => this.foreignHolderId,
    );

    it('answers for a foreign registry, a missing one and what is no id alike', async () => {
      const attempt = (entityId: string) => this.assign(this.body({ entity_id: entityId }));
      const missing = await attempt(MISSING);
      expect(missing.status).toBe(400);
      expect(problems(missing)).toEqual([
        expect.objectContaining({ field: 'entity_id', rule: 'missing_reference', source: 'body' }),
      ]);
      for (const entityId of [this.foreignRegistryId, 'tools', '', '**', `${this.registryId} `])
        expect(shown(await attempt(entityId))).toEqual(shown(missing));
      expect(await this.all()).toEqual([]);
    });
  }

  /** Nobody gives himself more than he has. */
  refusesSelf(): void {
    it('lets an Identity Admin give himself nothing that he lacks', async () => {
      const token = await this.tokenOf(this.world.acme);
      await this.assigned({ role_name: 'Admin', entity_type_name: 'Identity', entity_id: '*' });
      for (const input of [
        this.body({ role_name: 'Admin' }),
        this.body({ role_name: 'Admin', entity_id: '*' }),
        this.body({ role_name: 'Creator', entity_id: '*' }),
      ])
        expect(refusal(await this.assign(input, this.holderId, token))).toEqual([403, 'privilege_ceiling']);
      expect(await this.all()).toHaveLength(1);
    });
  }
}
