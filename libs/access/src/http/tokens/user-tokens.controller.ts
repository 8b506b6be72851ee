import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
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

const ApiOwner = () => ApiParam({ name: 'userId', description: 'Id of the user, or `me`.' });
const OWNER = 'userId';
const TOKEN = 'tokenId';

@ApiTags('Access tokens')
@ApiOwner()
@Controller('v0/users/:userId/access-tokens')
export class UserTokensController {
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
  @ApiOperation({ operationId: 'list-user-tokens', summary: 'The access tokens of a user' })
  @ApiOkResponse({ type: TokenListDto })
  @ApiProblem(400)
  @ApiProblem(404)
  list(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Param(OWNER) id: string,
    @Query() query: Readonly<Record<string, unknown>>,
  ): Promise<{ data: TokenRow[]; meta: PageMeta }> {
    return this.listTokens.run(ctx, access, owner(id), parseListQuery(query, TOKEN_FIELDS, 'created_at'));
  }

  @Post()
  @Requires('self:edit')
  @ApiOperation({
    operationId: 'create-user-token',
    summary: "Create an access token of one's own; the token is shown once",
  })
  @ApiCreatedResponse({ type: NewTokenDto })
  @ApiProblem(400)
  @ApiProblem(404)
  @ApiProblem(409)
  create(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Param(OWNER) id: string,
    @Body() input: CreateTokenDto,
  ): Promise<NewTokenRow> {
    return this.createToken.execute(ctx, access, owner(id), {
      name: input.name,
      ...(input.expires_at === undefined ? {} : { expiresAt: input.expires_at }),
      ...(input.ttl_seconds === undefined ? {} : { ttlSeconds: input.ttl_seconds }),
    });
  }

  @Get(':tokenId')
  @Requires('self:read')
  @ApiOperation({ operationId: 'get-user-token', summary: 'One access token, without its secret' })
  @ApiOkResponse({ type: TokenDto })
  @ApiProblem(404)
  get(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Param(OWNER) id: string,
    @Param(TOKEN) tokenId: string,
  ): Promise<TokenRow> {
    return this.getToken.run(ctx, access, owner(id), tokenId);
  }

  @Patch(':tokenId')
  @Requires('self:edit')
  @ApiOperation({ operationId: 'update-user-token', summary: 'Rename a live access token' })
  @ApiOkResponse({ type: TokenDto })
  @ApiProblem(400)
  @ApiProblem(404)
  @ApiProblem(409)
  update(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Param(OWNER) id: string,
    @Param(TOKEN) tokenId: string,
    @Body() input: UpdateTokenDto,
  ): Promise<TokenRow> {
    return this.updateToken.execute(ctx, access, owner(id), tokenId, input.name);
  }

  @Patch(':tokenId/revoke')
  @Requires('self:edit')
  @ApiOperation({ operationId: 'revoke-user-token', summary: 'End an access token at once; lists still show it' })
  @ApiOkResponse({ type: TokenDto })
  @ApiProblem(404)
  revoke(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Param(OWNER) id: string,
    @Param(TOKEN) tokenId: string,
  ): Promise<TokenRow> {
    return this.revokeToken.execute(ctx, access, owner(id), tokenId);
  }

  @Post(':tokenId/rotate')
  @Requires('self:edit')
  @ApiOperation({
    operationId: 'rotate-user-token',
    summary: 'Put a new token of the same name and lifetime in the place of one',
  })
  @ApiCreatedResponse({ type: NewTokenDto })
  @ApiProblem(400)
  @ApiProblem(404)
  @ApiProblem(409)
  rotate(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Param(OWNER) id: string,
    @Param(TOKEN) tokenId: string,
    @Body() input: RotateTokenDto,
  ): Promise<NewTokenRow> {
    return this.rotateToken.execute(ctx, access, owner(id), tokenId, input.overlap_seconds ?? 0);
  }

  @Delete(':tokenId')
  @HttpCode(204)
  @Requires('self:edit')
  @ApiOperation({ operationId: 'delete-user-token', summary: 'End an access token at once and forget it' })
  @ApiNoContentResponse()
  @ApiProblem(404)
  async delete(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Param(OWNER) id: string,
    @Param(TOKEN) tokenId: string,
  ): Promise<void> {
    await this.deleteToken.execute(ctx, access, owner(id), tokenId);
  }
}

function owner(id: string): NamedOwner {
  return { type: 'user', id };
}
