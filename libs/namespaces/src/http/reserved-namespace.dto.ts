import { ApiProperty } from '@nestjs/swagger';
import { PageMetaDto } from '@portolan/access/http';
import { IsString, Length, Matches } from 'class-validator';

// The longest that leaves a server's name room for a slash and one character.
const NAMESPACE_MAX = 198;
const NAMESPACE = /^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$/;

const NAMESPACE_SCHEMA = {
  minLength: 1,
  maxLength: NAMESPACE_MAX,
  example: 'com.example',
  description: 'What stands before the slash of a name. Covers itself and all below it, such as com.example.tools.',
};

export class ReserveNamespaceDto {
  @ApiProperty({ ...NAMESPACE_SCHEMA, pattern: NAMESPACE.source })
  @Matches(NAMESPACE, {
    message: 'namespace must be what stands before the slash of a name: letters, digits, dots and hyphens',
  })
  @Length(1, NAMESPACE_MAX)
  @IsString()
  namespace!: string;
}

export class ReservedNamespaceDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ ...NAMESPACE_SCHEMA, description: `In lower case. ${NAMESPACE_SCHEMA.description}` })
  namespace!: string;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;
}

export class ReservedNamespaceListDto {
  @ApiProperty({ type: [ReservedNamespaceDto] })
  data!: ReservedNamespaceDto[];

  @ApiProperty()
  meta!: PageMetaDto;
}
