/** Maps whose keys are data have no class that could describe them. */
export const ROLE_CATALOGUE = {
  type: 'object',
  example: { mcp_registries: { name: 'MCP Registries', roles: { viewer: { name: 'Viewer', description: '...' } } } },
  additionalProperties: {
    type: 'object',
    required: ['name', 'roles'],
    properties: {
      name: { type: 'string', description: 'The entity_type_name of an assigned role.' },
      roles: {
        type: 'object',
        additionalProperties: {
          type: 'object',
          required: ['name', 'description'],
          properties: {
            name: { type: 'string', description: 'The role_name of an assigned role.' },
            description: { type: 'string' },
          },
        },
      },
    },
  },
};
