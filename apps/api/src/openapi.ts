import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { ProblemDto } from '@portolan/access/http';

const ALIAS = '/v0/mcp-registries';

/** The management API. Each registry describes its own MCP Registry API below its base. */
export function managementOpenApi(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Portolan management API')
    .setDescription(
      'Registries of an organization and who may use them. Every registry is also a complete MCP Registry endpoint, ' +
        'described at {base}/openapi.json. `/v0/mcp-registries` is an alias of `/v0/registries`.',
    )
    .setVersion('0')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        description: 'An access token, ptl_pat_... or ptl_sat_..., or a JWT of an issuer that the organization trusts.',
      },
      'accessToken',
    )
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'An access token.' }, 'apiKey')
    .addCookieAuth(
      '__Host-portolan_session',
      {
        type: 'apiKey',
        in: 'cookie',
        description: 'A session of a browser. Changes need the header X-CSRF-Token, too.',
      },
      'session',
    )
    .build();
  const document = SwaggerModule.createDocument(app, config, { extraModels: [ProblemDto] });
  for (const path of Object.keys(document.paths))
    if (path.startsWith(ALIAS)) Reflect.deleteProperty(document.paths, path);
  return document;
}
