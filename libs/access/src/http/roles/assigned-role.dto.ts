import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsString, ValidateIf } from 'class-validator';
import { ENTITY_REGIONS, ENTITY_TYPES, type EntityRegion, type NewAssignedRole } from '../../rbac/assigned-role';
import { PageMetaDto } from '../list.dto';
import { present } from '../validators/present';

export class AssignRoleDto {
  @ApiProperty({ example: 'Publisher', description: 'A role of the entity type, as list-roles names it.' })
  @IsString()
  role_name!: string;

  @ApiProperty({ example: '*', description: 'Id of a registry, or * for all entities of the type.' })
  @IsString()
  entity_id!: string;

  @ApiProperty({ enum: ENTITY_TYPES })
  @IsIn(ENTITY_TYPES)
  entity_type_name!: string;

  @ApiPropertyOptional({ enum: ENTITY_REGIONS, default: '*', description: 'Kept; it narrows nothing.' })
  @ValidateIf(present)
  @IsIn(ENTITY_REGIONS)
  entity_region?: EntityRegion;
}

export function newAssignedRole(input: AssignRoleDto): NewAssignedRole {
  return {
    role_name: input.role_name,
    entity_type_name: input.entity_type_name,
    entity_id: input.entity_id.toLowerCase(),
    entity_region: input.entity_region ?? '*',
  };
}

export class AssignedRoleDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'Publisher' })
  role_name!: string;

  @ApiProperty({ example: '*' })
  entity_id!: string;

  @ApiProperty({ enum: ENTITY_TYPES })
  entity_type_name!: string;

  @ApiProperty({ enum: ENTITY_REGIONS })
  entity_region!: string;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;
}

export class AssignedRoleListDto {
  @ApiProperty({ type: [AssignedRoleDto] })
  data!: AssignedRoleDto[];

  @ApiProperty()
  meta!: PageMetaDto;
}
