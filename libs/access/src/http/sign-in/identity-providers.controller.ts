import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { parseListQuery, type Ctx } from '@portolan/kernel';
import type { Access } from '../../rbac/access';
import { CreateIdentityProvider } from '../../sign-in/identity-providers/create-identity-provider.service';
import { DeleteIdentityProvider } from '../../sign-in/identity-providers/delete-identity-provider.service';
import { GetIdentityProvider } from '../../sign-in/identity-providers/get-identity-provider.query';
import { PROVIDER_FIELDS } from '../../sign-in/identity-providers/identity-provider-row';
import { ListIdentityProviders } from '../../sign-in/identity-providers/list-identity-providers.query';
import { UpdateIdentityProvider } from '../../sign-in/identity-providers/update-identity-provider.service';
import { CurrentAccess, CurrentCtx } from '../caller';
import { ApiListQuery } from '../list.dto';
import { ApiProblem } from '../problem.dto';
import { Requires } from '../requires.decorator';
import {
  CreateIdentityProviderDto,
  IdentityProviderDto,
  IdentityProviderListDto,
  UpdateIdentityProviderDto,
} from './identity-provider.dto';
import { newProviderConfig, providerConfigChange } from './provider-config';

const SORT = 'created_at';

@ApiTags('Identity providers')
@Controller('v0/identity-providers')
export class IdentityProvidersController {
  constructor(
    private readonly listProviders: ListIdentityProviders,
    private readonly getProvider: GetIdentityProvider,
    private readonly createProvider: CreateIdentityProvider,
    private readonly updateProvider: UpdateIdentityProvider,
    private readonly deleteProvider: DeleteIdentityProvider,
  ) {}

  @Get()
  @Requires('identity:read')
  @ApiListQuery(PROVIDER_FIELDS, SORT)
  @ApiOperation({ operationId: 'list-identity-providers', summary: 'The identity providers of the organization' })
  @ApiOkResponse({ type: IdentityProviderListDto })
  @ApiProblem(400)
  list(@CurrentCtx() ctx: Ctx, @Query() query: Readonly<Record<string, unknown>>): Promise<IdentityProviderListDto> {
    return this.listProviders.run(ctx, parseListQuery(query, PROVIDER_FIELDS, SORT));
  }

  @Post()
  @Requires('identity:edit')
  @ApiOperation({
    operationId: 'create-identity-provider',
    summary: 'Create an identity provider; its users sign in once OIDC is turned on',
  })
  @ApiCreatedResponse({ type: IdentityProviderDto })
  @ApiProblem(400)
  @ApiProblem(409)
  @ApiProblem(422)
  @ApiProblem(503)
  create(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Body() input: CreateIdentityProviderDto,
  ): Promise<IdentityProviderDto> {
    return this.createProvider.execute(ctx, access, {
      enabled: input.enabled ?? false,
      ...newProviderConfig(input.config),
    });
  }

  @Get(':providerId')
  @Requires('identity:read')
  @ApiOperation({ operationId: 'get-identity-provider', summary: 'One identity provider' })
  @ApiOkResponse({ type: IdentityProviderDto })
  @ApiProblem(404)
  get(@CurrentCtx() ctx: Ctx, @Param('providerId') id: string): Promise<IdentityProviderDto> {
    return this.getProvider.run(ctx, id);
  }

  @Patch(':providerId')
  @Requires('identity:edit')
  @ApiOperation({
    operationId: 'update-identity-provider',
    summary: 'Change an identity provider; what is absent stays',
  })
  @ApiOkResponse({ type: IdentityProviderDto })
  @ApiProblem(400)
  @ApiProblem(404)
  @ApiProblem(409)
  @ApiProblem(422)
  @ApiProblem(503)
  update(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Param('providerId') id: string,
    @Body() input: UpdateIdentityProviderDto,
  ): Promise<IdentityProviderDto> {
    return this.updateProvider.execute(ctx, access, id, {
      ...(input.enabled === undefined ? {} : { enabled: input.enabled }),
      ...(input.config === undefined ? {} : { config: providerConfigChange(input.config) }),
    });
  }

  @Delete(':providerId')
  @HttpCode(204)
  @Requires('identity:edit')
  @ApiOperation({
    operationId: 'delete-identity-provider',
    summary: 'Delete an identity provider with its group mappings; its users stay',
  })
  @ApiNoContentResponse()
  @ApiProblem(404)
  @ApiProblem(409)
  delete(@CurrentCtx() ctx: Ctx, @CurrentAccess() access: Access, @Param('providerId') id: string): Promise<void> {
    return this.deleteProvider.execute(ctx, access, id);
  }
}
