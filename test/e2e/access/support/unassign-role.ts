import { AssignedRoles } from './assigned-roles';
import {
  aHolder,
  anAccountWith,
  anIdentityAdmin,
  grant,
  hidesAlike,
  MISSING,
  needsIdentityAdmin,
  needsSignIn,
  refusal,
  shown,
  trailOf,
} from './identity';

/** Registers the tests of the route that takes roles from one kind of holder; each method one section of them. */
export class UnassignRoleSuite extends AssignedRoles {
  works(): void {
    it('answers 204 without a body, and 404 from then on', async () => {
      const { id } = await this.assigned();
      const kept = await this.assigned({ entity_id: '*' });
      const answer = await this.unassign(id);
      expect([answer.status, answer.text]).toEqual([204, '']);
      expect(await this.all()).toEqual([kept]);
      expect(refusal(await this.unassign(id))).toEqual([404, 'role_assignment_not_found']);
    });

    it('counts at once', async () => {
      const token = await this.tokenOf(this.world.acme);
      const { id } = await this.assigned();
      const read = async () => (await this.world.call('GET', '/v0/registries/tools', { token })).status;
      expect(await read()).toBe(200);
      await this.unassign(id);
      expect(await read()).toBe(404);
    });

    it('writes one audit row with the role and its holder', async () => {
      const role = await this.assigned();
      const trail = await trailOf(this.world, this.world.acme, () => this.unassign(role.id));
      expect(trail).toEqual([
        expect.objectContaining({
          action: 'role.unassign',
          target_id: role.id,
          target_name: expect.any(String) as string,
          before: { ...role, holder: { type: this.type, id: this.holderId } },
          after: null,
        }),
      ]);
    });
  }

  rejects(): void {
    it('answers 404 for the role of a sibling and leaves it', async () => {
      const other = await aHolder(this.world, this.world.acme, this.type);
      const role = await grant(this.world, this.world.acme, { type: this.type, id: other }, ['Viewer', 'Identity']);
      expect(shown(await this.unassign(role))).toEqual(shown(await this.unassign(MISSING)));
      expect((await this.get(role, other)).status).toBe(200);
    });
  }

  /** Only teams are predefined. */
  rejectsPredefined(): void {
    it('answers 409 for a predefined team and leaves its roles', async () => {
      const team = await this.predefined();
      const roles = async () => (await this.list('', team)).json<{ data: { id: string }[] }>().data;
      const before = await roles();
      expect(before).toHaveLength(1);
      expect(refusal(await this.unassign(before[0]?.id ?? '', team))).toEqual([409, 'predefined_team']);
      expect(await roles()).toEqual(before);
    });
  }

  requiresSignIn(): void {
    needsSignIn(
      (id) => this.world.call('DELETE', this.path(this.holderId, id)),
      () => MISSING,
    );
  }

  requiresPermission(): void {
    needsIdentityAdmin(
      () => this.world,
      (token) => this.unassign(MISSING, this.holderId, token),
    );

    it('lets an Identity Admin take nothing that he lacks, and writes that down', async () => {
      const { acme } = this.world;
      const role = await this.assigned();
      const token = await anIdentityAdmin(this.world, acme);
      const trail = await trailOf(this.world, acme, async () => {
        expect(refusal(await this.unassign(role.id, this.holderId, token))).toEqual([403, 'privilege_ceiling']);
      });
      expect(trail).toEqual([expect.objectContaining({ action: 'permission.deny', reason: 'privilege_ceiling' })]);
      expect(await this.all()).toEqual([role]);
    });

    it('lets one who manages identity take what he has', async () => {
      const role = await this.assigned();
      const own = ['Admin', 'MCP Registries', this.registryId] as const;
      const token = await anAccountWith(this.world, this.world.acme, ['Admin', 'Identity'], own);
      expect((await this.unassign(role.id, this.holderId, token)).status).toBe(204);
    });
  }

  hides(): void {
    hidesAlike(
      'role_assignment_not_found',
      (id) => this.unassign(id),
      () => this.foreignRole(),
    );

    it('leaves a foreign role alone, by whichever holder it is named', async () => {
      const role = await this.foreignRole();
      expect((await this.unassign(role)).status).toBe(404);
      expect(refusal(await this.unassign(role, this.foreignHolderId))).toEqual([404, this.notFound]);
      expect((await this.get(role, this.foreignHolderId, this.world.globex.admin)).status).toBe(200);
    });
  }
}
