import { ApiProperty } from '@nestjs/swagger';
import { IsString } from 'class-validator';

export class AddTeamMemberDto {
  @ApiProperty({ format: 'uuid', description: 'Id of a user or system account of the organization.' })
  @IsString()
  id!: string;
}
