import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { roleCatalogue } from '../../rbac/role-catalogue';
import { Requires } from '../requires.decorator';
import { ROLE_CATALOGUE } from './role-catalogue.schema';

@ApiTags('Roles')
@Controller('v0/roles')
export class RolesController {
  @Get()
  @Requires('self:read')
  @ApiOperation({ operationId: 'list-roles', summary: 'The roles that can be assigned, by entity type' })
  @ApiOkResponse({ schema: ROLE_CATALOGUE })
  list(): ReturnType<typeof roleCatalogue> {
    return roleCatalogue();
  }
}
