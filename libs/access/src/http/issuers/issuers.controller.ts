import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { parseListQuery, type Ctx } from '@portolan/kernel';
import { CreateIssuer } from '../../issuers/create-issuer.service';
import { DeleteIssuer } from '../../issuers/delete-issuer.service';
import { GetIssuer } from '../../issuers/get-issuer.query';
import { ISSUER_FIELDS, type IssuerRow } from '../../issuers/issuer-row';
import { ListIssuers } from '../../issuers/list-issuers.query';
import { UpdateIssuer } from '../../issuers/update-issuer.service';
import type { Page } from '../../list-page';
import type { Access } from '../../rbac/access';
import { CurrentAccess, CurrentCtx } from '../caller';
import { ApiListQuery } from '../list.dto';
import { ApiProblem } from '../problem.dto';
import { Requires } from '../requires.decorator';
import { issuerChangeOf, newIssuerOf } from './issuer-body';
import { CreateIssuerDto, IssuerDto, IssuerListDto, UpdateIssuerDto } from './issuer.dto';

/** Issuers whose JWTs the organization takes as credentials. */
@ApiTags('Issuers')
@Controller('v0/identity/issuers')
export class IssuersController {
  constructor(
    private readonly listIssuers: ListIssuers,
    private readonly getIssuer: GetIssuer,
    private readonly createIssuer: CreateIssuer,
    private readonly updateIssuer: UpdateIssuer,
    private readonly deleteIssuer: DeleteIssuer,
  ) {}

  @Post()
  @Requires('identity:edit')
  @ApiOperation({ operationId: 'create-issuer', summary: 'Trust an issuer of JWTs' })
  @ApiCreatedResponse({ type: IssuerDto })
  @ApiProblem(400)
  @ApiProblem(409)
  @ApiProblem(422)
  create(@CurrentCtx() ctx: Ctx, @CurrentAccess() access: Access, @Body() input: CreateIssuerDto): Promise<IssuerRow> {
    return this.createIssuer.execute(ctx, access, newIssuerOf(input));
  }

  @Get()
  @Requires('identity:read')
  @ApiOperation({ operationId: 'list-issuers', summary: 'The issuers whose JWTs the organization takes' })
  @ApiListQuery(ISSUER_FIELDS, 'name')
  @ApiOkResponse({ type: IssuerListDto })
  @ApiProblem(400)
  list(@CurrentCtx() ctx: Ctx, @Query() query: Readonly<Record<string, unknown>>): Promise<Page<IssuerRow>> {
    return this.listIssuers.run(ctx, parseListQuery(query, ISSUER_FIELDS, 'name'));
  }

  @Get(':issuerId')
  @Requires('identity:read')
  @ApiOperation({ operationId: 'get-issuer', summary: 'One issuer' })
  @ApiOkResponse({ type: IssuerDto })
  @ApiProblem(404)
  get(@CurrentCtx() ctx: Ctx, @Param('issuerId') id: string): Promise<IssuerRow> {
    return this.getIssuer.run(ctx, id);
  }

  @Patch(':issuerId')
  @Requires('identity:edit')
  @ApiOperation({ operationId: 'update-issuer', summary: 'Change an issuer; what is absent stays' })
  @ApiOkResponse({ type: IssuerDto })
  @ApiProblem(400)
  @ApiProblem(404)
  @ApiProblem(409)
  update(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Param('issuerId') id: string,
    @Body() input: UpdateIssuerDto,
  ): Promise<IssuerRow> {
    return this.updateIssuer.execute(ctx, access, id, issuerChangeOf(input));
  }

  @Delete(':issuerId')
  @HttpCode(204)
  @Requires('identity:edit')
  @ApiOperation({ operationId: 'delete-issuer', summary: 'Trust an issuer no more; its tokens are refused at once' })
  @ApiNoContentResponse()
  @ApiProblem(404)
  async delete(@CurrentCtx() ctx: Ctx, @CurrentAccess() access: Access, @Param('issuerId') id: string): Promise<void> {
    await this.deleteIssuer.execute(ctx, access, id);
  }
}
