import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiListQuery, ApiProblem, CurrentCtx, Requires } from '@portolan/access/http';
import { parseListQuery, type Ctx, type PageMeta } from '@portolan/kernel';
import { FreeNamespace } from '../reserved/free-namespace.service';
import { GetReservedNamespace } from '../reserved/get-reserved-namespace.query';
import { ListReservedNamespaces } from '../reserved/list-reserved-namespaces.query';
import { ReserveNamespace } from '../reserved/reserve-namespace.service';
import { RESERVED_NAMESPACE_FIELDS, type ReservedNamespaceRow } from '../reserved/reserved-namespace-row';
import { ReservedNamespaceDto, ReservedNamespaceListDto, ReserveNamespaceDto } from './reserved-namespace.dto';

/** Namespaces of which no mirror of the organization takes servers. */
@ApiTags('Reserved namespaces')
@Controller('v0/reserved-namespaces')
export class ReservedNamespacesController {
  constructor(
    private readonly reserveNamespace: ReserveNamespace,
    private readonly listReservedNamespaces: ListReservedNamespaces,
    private readonly getReservedNamespace: GetReservedNamespace,
    private readonly freeNamespace: FreeNamespace,
  ) {}

  @Post()
  @Requires('reserved_namespace:edit')
  @ApiOperation({
    operationId: 'reserve-namespace',
    summary: 'Reserve a namespace; what mirrors have brought of it leaves the registries',
  })
  @ApiCreatedResponse({ type: ReservedNamespaceDto })
  @ApiProblem(400)
  @ApiProblem(409)
  reserve(@CurrentCtx() ctx: Ctx, @Body() input: ReserveNamespaceDto): Promise<ReservedNamespaceRow> {
    return this.reserveNamespace.execute(ctx, input.namespace);
  }

  @Get()
  @Requires('reserved_namespace:read')
  @ApiOperation({
    operationId: 'list-reserved-namespaces',
    summary: 'The namespaces that the organization has reserved',
  })
  @ApiListQuery(RESERVED_NAMESPACE_FIELDS, 'namespace')
  @ApiOkResponse({ type: ReservedNamespaceListDto })
  @ApiProblem(400)
  list(
    @CurrentCtx() ctx: Ctx,
    @Query() query: Readonly<Record<string, unknown>>,
  ): Promise<{ data: ReservedNamespaceRow[]; meta: PageMeta }> {
    return this.listReservedNamespaces.run(ctx, parseListQuery(query, RESERVED_NAMESPACE_FIELDS, 'namespace'));
  }

  @Get(':reservedNamespaceId')
  @Requires('reserved_namespace:read')
  @ApiOperation({ operationId: 'get-reserved-namespace', summary: 'One reserved namespace' })
  @ApiOkResponse({ type: ReservedNamespaceDto })
  @ApiProblem(404)
  get(@CurrentCtx() ctx: Ctx, @Param('reservedNamespaceId') id: string): Promise<ReservedNamespaceRow> {
    return this.getReservedNamespace.run(ctx, id);
  }

  @Delete(':reservedNamespaceId')
  @HttpCode(204)
  @Requires('reserved_namespace:edit')
  @ApiOperation({
    operationId: 'free-reserved-namespace',
    summary: 'Reserve a namespace no more; mirrors may take its servers again',
  })
  @ApiNoContentResponse()
  @ApiProblem(404)
  async free(@CurrentCtx() ctx: Ctx, @Param('reservedNamespaceId') id: string): Promise<void> {
    await this.freeNamespace.execute(ctx, id);
  }
}
