import { subApiOpenApi } from './openapi';

type Tree = Record<string, unknown>;

function references(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => (key === '$ref' ? [value as string] : references(value)));
}

describe('the description of the API', () => {
  const api = subApiOpenApi('https://registry.example.com/o/acme/registries/main') as Record<string, Tree>;

  it('names the upstream project and the base URL', () => {
    expect(api.info).toMatchObject({ title: 'Portolan MCP Registry API', version: '1.0.0' });
    expect(api.info?.description).toContain('https://github.com/modelcontextprotocol/registry');
    expect(api.servers).toEqual([{ url: 'https://registry.example.com/o/acme/registries/main' }]);
  });

  it('has every operation of the registry', () => {
    const operations = Object.entries(api.paths ?? {}).map(
      ([path, item]) => `${Object.keys(item as Tree).join(',')} ${path}`,
    );
    expect(operations).toEqual([
      'get /v0.1/servers',
      'get /v0.1/servers/{serverName}/versions',
      'get,put,delete /v0.1/servers/{serverName}/versions/{version}',
      'patch /v0.1/servers/{serverName}/versions/{version}/status',
      'patch /v0.1/servers/{serverName}/status',
      'post /v0.1/publish',
      'post /v0.1/validate',
      'get /v0.1/health',
      'get /v0.1/ping',
      'get /v0.1/version',
    ]);
  });

  it('refers only to schemas that it holds', () => {
    const schemas = Object.keys((api.components?.schemas ?? {}) as Tree).map((name) => `#/components/schemas/${name}`);
    expect(references(api).filter((reference) => !schemas.includes(reference))).toEqual([]);
    expect(schemas.filter((schema) => !references(api).includes(schema))).toEqual([]);
  });

  it('does not ask for $schema', () => {
    expect(api.components?.schemas).toMatchObject({ ServerJSON: { required: ['name', 'description', 'version'] } });
  });
});
