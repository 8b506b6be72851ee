import { Controller, Get, Req } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { FindAuthorizationServers } from '../../find-authorization-servers.query';
import { PublicUrl } from '../../public-url';
import { SCOPES } from '../../rbac/permissions';
import { registryPathOf } from '../credentials';
import { Public } from '../public.decorator';
import { METADATA_PATH, registryBaseOf } from '../resource-metadata';

const BASES = [
  '',
  'registries/:registryIdentifier',
  'v0/registries/:registryIdentifier',
  'v0/mcp-registries/:registryIdentifier',
  'o/:organization/registries/:registryIdentifier',
];

/** What RFC 9728 calls the metadata of a protected resource; of a registry, its base is the resource. */
interface ResourceMetadata {
  readonly resource: string;
  readonly authorization_servers?: readonly string[];
  readonly bearer_methods_supported: readonly string[];
  readonly scopes_supported: readonly string[];
  readonly resource_documentation: string;
}

/**
 * Answers for every base alike, there or not. Where to get a token is told to whoever names the organization or knows the
 * random id of a registry: clients ask before they have a credential.
 */
@ApiExcludeController()
@Controller(METADATA_PATH)
export class ProtectedResourceController {
  constructor(
    private readonly findAuthorizationServers: FindAuthorizationServers,
    private readonly publicUrl: PublicUrl,
  ) {}

  @Get(BASES)
  @Public()
  async metadata(@Req() request: FastifyRequest): Promise<ResourceMetadata> {
    const { origin } = this.publicUrl;
    const path = registryPathOf(request);
    const servers = path === null ? [] : await this.findAuthorizationServers.run(path.organization, path.identifier);
    return {
      resource: `${origin}${registryBaseOf(request) ?? ''}`,
      ...(servers.length === 0 ? {} : { authorization_servers: servers }),
      bearer_methods_supported: ['header'],
      scopes_supported: Object.keys(SCOPES),
      resource_documentation: `${origin}/docs`,
    };
  }
}
