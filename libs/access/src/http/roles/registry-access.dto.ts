import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';

class AccessPrincipalDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ enum: ['user', 'system_account', 'jwt_subject'] })
  type!: string;

  @ApiProperty({ description: 'Email address of a user, name of a system account, subject of a JWT.' })
  name!: string;

  @ApiProperty({ description: 'False: the permissions count again once it is active.' })
  active!: boolean;
}

class AccessRegistryDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty({ enum: ['private', 'public'] })
  visibility!: string;
}

class AccessTeamDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty()
  name!: string;
}

export class AccessAssignmentDto {
  @ApiProperty({ format: 'uuid' })
  assignment_id!: string;

  @ApiProperty({ example: 'Publisher' })
  role_name!: string;

  @ApiProperty({ example: 'MCP Registries' })
  entity_type_name!: string;

  @ApiProperty({ description: 'Id of the registry, or * for all entities of the type.' })
  entity_id!: string;

  @ApiProperty({
    type: AccessTeamDto,
    nullable: true,
    description: 'The team that holds the role; null: the principal itself.',
  })
  team!: AccessTeamDto | null;
}

export class AccessVisibilityDto {
  @ApiProperty({ enum: ['public'], description: 'The registry is public: everybody has this permission.' })
  visibility!: 'public';
}

@ApiExtraModels(AccessAssignmentDto, AccessVisibilityDto)
class AccessPermissionDto {
  @ApiProperty({ example: 'version:read' })
  permission!: string;

  @ApiProperty({
    type: 'array',
    items: { oneOf: [{ $ref: getSchemaPath(AccessAssignmentDto) }, { $ref: getSchemaPath(AccessVisibilityDto) }] },
    description: 'Everything that gives it, each enough by itself.',
  })
  granted_by!: (AccessAssignmentDto | AccessVisibilityDto)[];
}

export class RegistryAccessDto {
  @ApiProperty()
  principal!: AccessPrincipalDto;

  @ApiProperty()
  registry!: AccessRegistryDto;

  @ApiProperty({
    type: [AccessPermissionDto],
    description:
      'By name. What the claim rules of an issuer give to a JWT subject depends on each token and is not here; ' +
      'scopes of a token narrow what is here.',
  })
  permissions!: AccessPermissionDto[];
}
