import { ApiProperty } from '@nestjs/swagger';
import { ITEM_ACTIONS } from '../../runs/run-item-row';

class RunItemDto {
  @ApiProperty({ example: 'com.example/weather' })
  name!: string;

  @ApiProperty({ example: '1.0.0' })
  version!: string;

  @ApiProperty({ enum: ITEM_ACTIONS, description: 'What became of it, or would have in a dry run.' })
  action!: string;

  @ApiProperty({ description: 'A word for programs.' })
  reason!: string;

  @ApiProperty({ type: String, nullable: true, description: 'A sentence for people.' })
  detail!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: "For which of the run's reasons it counts, if the run was held.",
  })
  guard!: string | null;
}

class RunItemPageDto {
  @ApiProperty()
  size!: number;

  @ApiProperty({ type: String, nullable: true, description: 'Path of the next page, with the same filters.' })
  next!: string | null;
}

class RunItemMetaDto {
  @ApiProperty()
  page!: RunItemPageDto;
}

export class RunItemListDto {
  @ApiProperty({ type: [RunItemDto] })
  data!: RunItemDto[];

  @ApiProperty()
  meta!: RunItemMetaDto;
}
