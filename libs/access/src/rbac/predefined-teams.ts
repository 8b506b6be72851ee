import { AUDIT_LOGS, IDENTITY, REGISTRIES, REGISTRY_ADMIN, UPSTREAMS } from './roles';

export interface PredefinedTeam {
  readonly name: string;
  readonly description: string;
  /** Each on all entities of its type. */
  readonly roles: readonly { readonly role_name: string; readonly entity_type_name: string }[];
}

export const ORGANIZATION_ADMIN = 'Organization Admin';

/**
 * Teams that every organization has and nobody can change. A release that changes a role of theirs brings a migration
 * which does so in the organizations that exist.
 */
export const PREDEFINED_TEAMS: readonly PredefinedTeam[] = [
  {
    name: ORGANIZATION_ADMIN,
    description: 'May do everything in the organization.',
    roles: [
      { role_name: REGISTRY_ADMIN, entity_type_name: REGISTRIES },
      { role_name: 'Creator', entity_type_name: REGISTRIES },
      { role_name: 'Admin', entity_type_name: UPSTREAMS },
      { role_name: 'Admin', entity_type_name: AUDIT_LOGS },
      { role_name: 'Admin', entity_type_name: IDENTITY },
    ],
  },
  {
    name: 'Organization Admin (Read Only)',
    description: 'May see everything in the organization and change nothing.',
    roles: [
      { role_name: 'Viewer', entity_type_name: REGISTRIES },
      { role_name: 'Viewer', entity_type_name: UPSTREAMS },
      { role_name: 'Viewer', entity_type_name: AUDIT_LOGS },
      { role_name: 'Viewer', entity_type_name: IDENTITY },
    ],
  },
  {
    name: 'MCP Registry Admin',
    description: 'May create registries and do everything in all of them.',
    roles: [
      { role_name: REGISTRY_ADMIN, entity_type_name: REGISTRIES },
      { role_name: 'Creator', entity_type_name: REGISTRIES },
      { role_name: 'Admin', entity_type_name: UPSTREAMS },
    ],
  },
  {
    name: 'MCP Registry Viewer',
    description: 'May read all registries.',
    roles: [{ role_name: 'Viewer', entity_type_name: REGISTRIES }],
  },
  {
    name: 'Auditor',
    description: 'May read the audit trail.',
    roles: [{ role_name: 'Viewer', entity_type_name: AUDIT_LOGS }],
  },
];
