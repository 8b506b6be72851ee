import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, type Type } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { parseListQuery, type Ctx, type PageMeta } from '@portolan/kernel';
import type { Access } from '../../rbac/access';
import { CreateToken } from '../../tokens/create-token.service';
import { DeleteToken } from '../../tokens/delete-token.service';
import { GetToken } from '../../tokens/get-token.query';
import { ListTokens } from '../../tokens/list-tokens.query';
import { RevokeToken } from '../../tokens/revoke-token.service';
import { RotateToken } from '../../tokens/rotate-token.service';
import type { NamedOwner } from '../../tokens/token-owner';
import { TOKEN_FIELDS, type NewTokenRow, type TokenRow } from '../../tokens/token-row';
import { UpdateToken } from '../../tokens/update-token.service';
import { CurrentAccess, CurrentCtx } from '../caller';
import { ApiListQuery } from '../list.dto';
import { ApiProblem } from '../problem.dto';
import { Requires } from '../requires.decorator';
import { CreateTokenDto, NewTokenDto, RotateTokenDto, TokenDto, TokenListDto, UpdateTokenDto } from './token.dto';

interface Owners {
  readonly type: NamedOwner['type'];
  /** As operations call one of them. */
  readonly kind: string;
  readonly collection: string;
  readonly parameter: string;
  readonly description: string;
  readonly listSummary: string;
  readonly createSummary: string;
}

/** The routes of access tokens: the same for whoever owns them. */
function tokensController(name: string, of: Owners): Type {
  @ApiTags('Access tokens')
  @ApiParam({ name: of.parameter, description: of.description })
  @Controller(`v0/${of.collection}/:${of.parameter}/access-tokens`)
  class TokensController {
    constructor(
      private readonly listTokens: ListTokens,
      private readonly createToken: CreateToken,
      private readonly getToken: GetToken,
      private readonly updateToken: UpdateToken,
      private readonly revokeToken: RevokeToken,
      private readonly rotateToken: RotateToken,
      private readonly deleteToken: DeleteToken,
    ) {}

    @Get()
    @Requires('self:read')
    @ApiListQuery(TOKEN_FIELDS, 'created_at')
    @ApiOperation({ operationId: `list-${of.kind}-tokens`, summary: of.listSummary })
    @ApiOkResponse({ type: TokenListDto })
    @ApiProblem(400)
    @ApiProblem(404)
    list(
      @CurrentCtx() ctx: Ctx,
      @CurrentAccess() access: Access,
      @Param(of.parameter) id: string,
      @Query() query: Readonly<Record<string, unknown>>,
    ): Promise<{ data: TokenRow[]; meta: PageMeta }> {
      return this.listTokens.run(ctx, access, { type: of.type, id }, parseListQuery(query, TOKEN_FIELDS, 'created_at'));
    }

    @Post()
    @Requires('self:edit')
    @ApiOperation({
      operationId: `create-${of.kind}-token`,
      summary: of.createSummary,
    })
    @ApiCreatedResponse({ type: NewTokenDto })
    @ApiProblem(400)
    @ApiProblem(404)
    @ApiProblem(409)
    create(
      @CurrentCtx() ctx: Ctx,
      @CurrentAccess() access: Access,
      @Param(of.parameter) id: string,
      @Body() input: CreateTokenDto,
    ): Promise<NewTokenRow> {
      return this.createToken.execute(
        ctx,
        access,
        { type: of.type, id },
        {
          name: input.name,
          ...(input.expires_at === undefined ? {} : { expiresAt: input.expires_at }),
          ...(input.ttl_seconds === undefined ? {} : { ttlSeconds: input.ttl_seconds }),
        },
      );
    }

    @Get(':tokenId')
    @Requires('self:read')
    @ApiOperation({ operationId: `get-${of.kind}-token`, summary: 'One access token, without its secret' })
    @ApiOkResponse({ type: TokenDto })
    @ApiProblem(404)
    get(
      @CurrentCtx() ctx: Ctx,
      @CurrentAccess() access: Access,
      @Param(of.parameter) id: string,
      @Param('tokenId') tokenId: string,
    ): Promise<TokenRow> {
      return this.getToken.run(ctx, access, { type: of.type, id }, tokenId);
    }

    @Patch(':tokenId')
    @Requires('self:edit')
    @ApiOperation({ operationId: `update-${of.kind}-token`, summary: 'Rename a live access token' })
    @ApiOkResponse({ type: TokenDto })
    @ApiProblem(400)
    @ApiProblem(404)
    @ApiProblem(409)
    update(
      @CurrentCtx() ctx: Ctx,
      @CurrentAccess() access: Access,
      @Param(of.parameter) id: string,
      @Param('tokenId') tokenId: string,
      @Body() input: UpdateTokenDto,
    ): Promise<TokenRow> {
      return this.updateToken.execute(ctx, access, { type: of.type, id }, tokenId, input.name);
    }

    @Patch(':tokenId/revoke')
    @Requires('self:edit')
    @ApiOperation({
      operationId: `revoke-${of.kind}-token`,
      summary: 'End an access token at once; lists still show it',
    })
    @ApiOkResponse({ type: TokenDto })
    @ApiProblem(404)
    revoke(
      @CurrentCtx() ctx: Ctx,
      @CurrentAccess() access: Access,
      @Param(of.parameter) id: string,
      @Param('tokenId') tokenId: string,
    ): Promise<TokenRow> {
      return this.revokeToken.execute(ctx, access, { type: of.type, id }, tokenId);
    }

    @Post(':tokenId/rotate')
    @Requires('self:edit')
    @ApiOperation({
      operationId: `rotate-${of.kind}-token`,
      summary: 'Put a new token of the same name and lifetime in the place of one',
    })
    @ApiCreatedResponse({ type: NewTokenDto })
    @ApiProblem(400)
    @ApiProblem(404)
    @ApiProblem(409)
    rotate(
      @CurrentCtx() ctx: Ctx,
      @CurrentAccess() access: Access,
      @Param(of.parameter) id: string,
      @Param('tokenId') tokenId: string,
      @Body() input: RotateTokenDto,
    ): Promise<NewTokenRow> {
      return this.rotateToken.execute(ctx, access, { type: of.type, id }, tokenId, input.overlap_seconds ?? 0);
    }

    @Delete(':tokenId')
    @HttpCode(204)
    @Requires('self:edit')
    @ApiOperation({ operationId: `delete-${of.kind}-token`, summary: 'End an access token at once and forget it' })
    @ApiNoContentResponse()
    @ApiProblem(404)
    async delete(
      @CurrentCtx() ctx: Ctx,
      @CurrentAccess() access: Access,
      @Param(of.parameter) id: string,
      @Param('tokenId') tokenId: string,
    ): Promise<void> {
      await this.deleteToken.execute(ctx, access, { type: of.type, id }, tokenId);
    }
  }

  // Two controllers of one name could not be told apart in the list of guarded routes.
  Object.defineProperty(TokensController, 'name', { value: name });
  return TokensController;
}

export const UserTokensController = tokensController('UserTokensController', {
  type: 'user',
  kind: 'user',
  collection: 'users',
  parameter: 'userId',
  description: 'Id of the user, or `me`.',
  listSummary: 'The access tokens of a user',
  createSummary: "Create an access token of one's own; the token is shown once",
});

export const SystemAccountTokensController = tokensController('SystemAccountTokensController', {
  type: 'system_account',
  kind: 'system-account',
  collection: 'system-accounts',
  parameter: 'accountId',
  description: 'Id of the system account.',
  listSummary: 'The access tokens of a system account',
  createSummary: 'Create an access token of a system account; the token is shown once',
});
