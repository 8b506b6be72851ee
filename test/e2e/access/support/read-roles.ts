import { AssignedRoles } from './assigned-roles';
import {
  aHolder,
  grant,
  hidesAlike,
  needsIdentityViewer,
  needsSignIn,
  refusal,
  refusesBadQueries,
  shown,
  MISSING,
  type AssignedRole,
  type Listed,
} from './identity';

/** Registers the tests of the list of a holder's roles; each method one section of them. */
export class ListRolesSuite extends AssignedRoles {
  works(): void {
    it('answers 200 with whole roles, oldest first, and their number', async () => {
      const roles = [
        await this.assigned({ role_name: 'Publisher' }),
        await this.assigned({ role_name: 'Admin', entity_type_name: 'Audit Logs', entity_id: '*' }),
        await this.assigned({ entity_id: '*', entity_region: 'us' }),
      ];
      const answer = await this.list();
      expect([answer.status, answer.json()]).toEqual([
        200,
        { data: roles, meta: { page: { number: 1, size: 10, total: 3 } } },
      ]);
    });

    it('shows the roles of this holder only', async () => {
      const other = await aHolder(this.world, this.world.acme, this.type);
      await this.assign(this.body(), other);
      expect(await this.all()).toEqual([]);
    });

    it('filters, sorts and pages', async () => {
      await this.assigned({ role_name: 'Publisher' });
      await this.assigned({ role_name: 'Admin', entity_type_name: 'Audit Logs', entity_id: '*' });
      await this.assigned({ entity_id: '*' });
      const found = async (query: string) =>
        (await this.list(query)).json<Listed<AssignedRole>>().data.map(({ role_name: role }) => role);
      expect(await found('?filter[role_name]=Viewer')).toEqual(['Viewer']);
      expect(await found('?filter[entity_type_name][eq]=MCP%20Registries')).toEqual(['Publisher', 'Viewer']);
      expect(await found(`?filter[entity_id]=${this.registryId}`)).toEqual(['Publisher']);
      expect(await found('?filter[entity_id]=*')).toEqual(['Admin', 'Viewer']);
      expect(await found('?sort=role_name%20desc')).toEqual(['Viewer', 'Publisher', 'Admin']);
      expect(await found('?sort=entity_type_name,role_name&page[size]=2')).toEqual(['Admin', 'Publisher']);
      expect(await found('?page[size]=2&page[number]=2')).toEqual(['Viewer']);
    });
  }

  rejects(): void {
    refusesBadQueries((query) => this.list(query));
  }

  requiresSignIn(): void {
    needsSignIn(
      (id) => this.world.call('GET', this.path(id)),
      () => this.holderId,
    );
  }

  requiresPermission(): void {
    needsIdentityViewer(
      () => this.world,
      (token) => this.list('', this.holderId, token),
    );
  }

  hides(): void {
    hidesAlike(
      this.notFound,
      (id) => this.list('', id),
      () => this.foreignHolderId,
    );

    it('finds nothing by the id of a foreign registry', async () => {
      await this.foreignRole();
      const answer = await this.list(`?filter[entity_id]=${this.foreignRegistryId}`);
      expect(answer.json<Listed<unknown>>().meta.page.total).toBe(0);
    });
  }
}

/** Registers the tests of one role of a holder; each method one section of them. */
export class GetRoleSuite extends AssignedRoles {
  private roleId = '';

  override async fresh(): Promise<void> {
    await super.fresh();
    this.roleId = (await this.assigned({ role_name: 'Publisher' })).id;
  }

  works(): void {
    it('answers 200 with the role, by ids in capitals too', async () => {
      const role = await this.assigned();
      const answer = await this.get(role.id);
      expect([answer.status, answer.json()]).toEqual([200, role]);
      expect((await this.get(role.id.toUpperCase(), this.holderId.toUpperCase())).text).toBe(answer.text);
    });
  }

  rejects(): void {
    it('answers 405 with Allow to PATCH: a role is assigned or not', async () => {
      const answer = await this.world.call('PATCH', this.path(this.holderId, this.roleId), {
        token: this.world.acme.admin,
      });
      expect([answer.status, answer.headers.allow]).toEqual([405, 'DELETE, GET, HEAD']);
    });
  }

  requiresSignIn(): void {
    needsSignIn(
      (id) => this.world.call('GET', this.path(this.holderId, id)),
      () => this.roleId,
    );
  }

  requiresPermission(): void {
    needsIdentityViewer(
      () => this.world,
      (token) => this.get(this.roleId, this.holderId, token),
    );
  }

  hides(): void {
    hidesAlike(
      'role_assignment_not_found',
      (id) => this.get(id),
      () => this.foreignRole(),
    );

    it('answers for a foreign holder and a missing one alike', async () => {
      const role = await this.foreignRole();
      const missing = await this.get(role, MISSING);
      expect(refusal(missing)).toEqual([404, this.notFound]);
      expect(shown(await this.get(role, this.foreignHolderId))).toEqual(shown(missing));
    });

    it('answers 404 for the role of a sibling', async () => {
      const other = await aHolder(this.world, this.world.acme, this.type);
      const role = await grant(this.world, this.world.acme, { type: this.type, id: other }, ['Viewer', 'Identity']);
      expect(shown(await this.get(role))).toEqual(shown(await this.get(MISSING)));
      expect((await this.get(role, other)).status).toBe(200);
    });
  }
}
