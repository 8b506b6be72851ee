import { aWorld, type Organization, type World } from '../../../support/world';
import {
  aHolder,
  grant,
  idOf,
  join,
  predefinedTeam,
  type AssignedRole,
  type HolderType,
  type Listed,
} from './identity';

const PATHS = { user: 'users', system_account: 'system-accounts', team: 'teams' } as const;

/** The roles of one kind of holder: what the suites of their four routes have in common. */
export class AssignedRoles {
  world!: World;
  /** Both organizations have a registry of this name. */
  registryId = '';
  foreignRegistryId = '';
  holderId = '';
  foreignHolderId = '';

  constructor(readonly type: HolderType) {}

  get notFound(): string {
    return `${this.type}_not_found`;
  }

  async open(): Promise<void> {
    this.world = await aWorld();
    this.registryId = await this.world.aRegistry(this.world.acme, 'tools');
    this.foreignRegistryId = await this.world.aRegistry(this.world.globex, 'tools');
  }

  /** New holders for each test. */
  async fresh(): Promise<void> {
    this.holderId = await aHolder(this.world, this.world.acme, this.type);
    this.foreignHolderId = await aHolder(this.world, this.world.globex, this.type);
  }

  path(holderId = this.holderId, roleId?: string): string {
    const base = `/v0/${PATHS[this.type]}/${holderId}/assigned-roles`;
    return roleId === undefined ? base : `${base}/${roleId}`;
  }

  list(query = '', holderId = this.holderId, token = this.world.acme.admin) {
    return this.world.call('GET', `${this.path(holderId)}${query}`, { token });
  }

  assign(body: unknown, holderId = this.holderId, token = this.world.acme.admin) {
    return this.world.call('POST', this.path(holderId), { token, body });
  }

  get(roleId: string, holderId = this.holderId, token = this.world.acme.admin) {
    return this.world.call('GET', this.path(holderId, roleId), { token });
  }

  unassign(roleId: string, holderId = this.holderId, token = this.world.acme.admin) {
    return this.world.call('DELETE', this.path(holderId, roleId), { token });
  }

  /** A Viewer of the registry, or what else is said. */
  body(overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
    return {
      role_name: 'Viewer',
      entity_type_name: 'MCP Registries',
      entity_id: this.registryId,
      ...overrides,
    };
  }

  async assigned(overrides: Readonly<Record<string, unknown>> = {}): Promise<AssignedRole> {
    const answer = await this.assign(this.body(overrides));
    if (answer.status !== 201) throw new Error(answer.text);
    return answer.json<AssignedRole>();
  }

  async all(): Promise<readonly AssignedRole[]> {
    return (await this.list('?page[size]=100')).json<Listed<AssignedRole>>().data;
  }

  /** A role of the foreign holder on the foreign registry; its id. */
  foreignRole(): Promise<string> {
    const holder = { type: this.type, id: this.foreignHolderId };
    return grant(this.world, this.world.globex, holder, ['Viewer', 'MCP Registries', this.foreignRegistryId]);
  }

  /** The holders that nobody may change: none but the predefined teams. */
  predefined(): Promise<string> {
    return predefinedTeam(this.world, this.world.acme, 'MCP Registry Viewer');
  }

  /** The token of somebody who has what the holder has; a holder that is no team is he himself from now on. */
  async tokenOf(organization: Organization): Promise<string> {
    const token = await (this.type === 'system_account'
      ? this.world.aSystemAccount(organization)
      : this.world.aUser(organization));
    const id = await idOf(this.world, token);
    if (this.type === 'team') await join(this.world, organization, this.holderId, { type: 'user', id });
    else this.holderId = id;
    return token;
  }
}
