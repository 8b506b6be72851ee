import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, MaxLength, ValidateIf } from 'class-validator';
import { present } from '../validators/present';

const TOKEN_MAX = 200;

export class StartInviteLoginDto {
  @ApiProperty({
    writeOnly: true,
    maxLength: TOKEN_MAX,
    description: 'What follows `#token=` in the link.',
    example: 'ptl_inv_...',
  })
  @MaxLength(TOKEN_MAX)
  @IsString()
  token!: string;

  @ApiPropertyOptional({
    default: '/docs',
    description: 'Where the browser goes afterwards: a path of ours.',
    example: '/docs',
  })
  @ValidateIf(present)
  @IsString()
  return_to?: string;
}

export class InviteLoginDto {
  @ApiProperty({
    format: 'uri',
    description: 'Of the identity provider; for the browser that asked, within 10 minutes.',
  })
  url!: string;
}
