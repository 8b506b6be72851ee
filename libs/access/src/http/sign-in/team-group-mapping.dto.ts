import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import { PageMetaDto } from '../list.dto';
import { IsStorableText } from '../validators/is-storable-text.decorator';

const GROUP_MAX = 1_000;
const GROUP = 'As the provider names it; case counts.';

export class CreateTeamGroupMappingDto {
  @ApiProperty({ format: 'uuid' })
  @IsString()
  team_id!: string;

  @ApiProperty({ minLength: 1, maxLength: GROUP_MAX, example: 'platform-engineers', description: GROUP })
  @IsStorableText()
  @Length(1, GROUP_MAX)
  @IsString()
  group!: string;
}

export class TeamGroupMappingDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ format: 'uuid' })
  team_id!: string;

  @ApiProperty({ description: GROUP })
  group!: string;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;
}

export class TeamGroupMappingListDto {
  @ApiProperty({ type: [TeamGroupMappingDto] })
  data!: TeamGroupMappingDto[];

  @ApiProperty()
  meta!: PageMetaDto;
}
