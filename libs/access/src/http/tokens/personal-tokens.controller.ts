import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { parseListQuery, type Ctx, type PageMeta } from '@portolan/kernel';
import { ListPersonalTokens, type PersonalTokenRow } from '../../tokens/list-personal-tokens.query';
import { PERSONAL_TOKEN_FIELDS } from '../../tokens/token-row';
import { CurrentCtx } from '../caller';
import { ApiListQuery } from '../list.dto';
import { ApiOwnOrganization } from '../organizations/own-organization.decorator';
import { ApiProblem } from '../problem.dto';
import { Requires } from '../requires.decorator';
import { PersonalTokenListDto } from './token.dto';

@ApiTags('Access tokens')
@ApiOwnOrganization()
@Controller('v0/organizations/:organizationId/personal-access-tokens')
export class PersonalTokensController {
  constructor(private readonly listPersonalTokens: ListPersonalTokens) {}

  @Get()
  @Requires('identity:read')
  @ApiListQuery(PERSONAL_TOKEN_FIELDS, 'created_at')
  @ApiOperation({
    operationId: 'list-organization-tokens',
    summary: 'The access tokens of all users of the organization, without their secrets',
  })
  @ApiOkResponse({ type: PersonalTokenListDto })
  @ApiProblem(400)
  @ApiProblem(404)
  list(
    @CurrentCtx() ctx: Ctx,
    @Param('organizationId') organizationId: string,
    @Query() query: Readonly<Record<string, unknown>>,
  ): Promise<{ data: PersonalTokenRow[]; meta: PageMeta }> {
    return this.listPersonalTokens.run(ctx, organizationId, parseListQuery(query, PERSONAL_TOKEN_FIELDS, 'created_at'));
  }
}
