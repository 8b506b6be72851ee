import { apiComponents } from './openapi/components';
import { apiPaths } from './openapi/paths';

const DESCRIPTION = `The MCP Registry API of one registry: find servers, read their server.json, and publish.

It is the same API as that of the official registry, https://github.com/modelcontextprotocol/registry, so its clients work here with no change but the base URL. Every path below exists under \`/v0.1\` and, with the same meaning, under \`/v0\`.

A server name holds a slash: in a path it is one segment, with the slash written as \`%2F\`. Names and versions are case-sensitive. Errors are \`application/problem+json\`; the reasons are in \`errors[].message\`.

Extensions to the official API: \`$schema\` may be left out, and \`_meta\` may hold any reverse-DNS key.`;

/**
 * Describes the API of one registry in OpenAPI 3.1.
 * @param baseUrl the base below which `/v0.1` lies, without trailing slash
 */
export function subApiOpenApi(baseUrl: string): object {
  return {
    openapi: '3.1.0',
    info: { title: 'Portolan MCP Registry API', version: '1.0.0', description: DESCRIPTION },
    servers: [{ url: baseUrl }],
    tags: [
      { name: 'servers', description: 'Find and read servers.' },
      { name: 'publish', description: 'Add versions and change them.' },
      { name: 'service', description: 'The state of the service itself.' },
    ],
    // A public registry is read without a credential, hence the empty alternative.
    security: [{ bearer: [] }, {}],
    paths: apiPaths(),
    components: apiComponents(),
  };
}
