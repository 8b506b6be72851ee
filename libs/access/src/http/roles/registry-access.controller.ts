import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import { invalidParameter, single, unknownParameter, type Ctx } from '@portolan/kernel';
import type { FoundRegistry } from '../../find-registry.query';
import { GetRegistryAccess, type RegistryAccess } from '../../rbac/get-registry-access.query';
import { CurrentCtx, CurrentRegistry } from '../caller';
import { ApiProblem } from '../problem.dto';
import { Requires } from '../requires.decorator';
import { RegistryAccessDto } from './registry-access.dto';

@ApiTags('Registries')
@Controller(['v0/registries', 'v0/mcp-registries'])
export class RegistryAccessController {
  constructor(private readonly getRegistryAccess: GetRegistryAccess) {}

  @Get(':registryIdentifier/access')
  @Requires('registry_access:read')
  @ApiOperation({ operationId: 'get-registry-access', summary: 'What a principal may do in a registry, and why' })
  @ApiParam({ name: 'registryIdentifier', description: 'Id or name of the registry.' })
  @ApiQuery({
    name: 'principal',
    type: String,
    description: 'Id of a user, a system account or a JWT subject, or the email address of a user.',
  })
  @ApiOkResponse({ type: RegistryAccessDto })
  @ApiProblem(400)
  @ApiProblem(404)
  get(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: FoundRegistry,
    @Query() query: Record<string, unknown>,
  ): Promise<RegistryAccess> {
    return this.getRegistryAccess.run(ctx, registry, principalOf(query));
  }
}

function principalOf({ principal, ...others }: Readonly<Record<string, unknown>>): string {
  for (const key of Object.keys(others)) throw unknownParameter(key);
  if (principal === undefined || principal === '')
    throw invalidParameter({
      field: 'principal',
      rule: 'required',
      reason: 'principal must be the id of a user, a system account or a JWT subject, or an email address',
      source: 'query',
    });
  return single('principal', principal);
}
