import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Allow, IsOptional, IsString, Length, Matches } from 'class-validator';
import { PageMetaDto } from '../list.dto';
import { IsDateTime } from '../validators/is-date-time.decorator';
import { IsStorableText } from '../validators/is-storable-text.decorator';
import { SINGLE_LINE } from '../validators/single-line';

const NAME_MAX = 120;
export const ALLOWED_IPS_MAX = 100;

const RANGES = ['192.0.2.0/24', '2001:db8::/32'];

export class CreateCapabilityUrlDto {
  @ApiProperty({ minLength: 1, maxLength: NAME_MAX, example: 'VS Code of the platform team' })
  @IsStorableText()
  @Matches(SINGLE_LINE)
  @Length(1, NAME_MAX)
  @IsString()
  name!: string;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'In the future. Without it the URL is good until it is revoked.',
  })
  @IsOptional()
  @IsDateTime()
  expires_at?: string | null;

  @ApiPropertyOptional({
    type: [String],
    maxItems: ALLOWED_IPS_MAX,
    example: RANGES,
    description: 'Addresses and CIDR ranges, IPv4 and IPv6, from which it may be used. Without any: from everywhere.',
  })
  @Allow()
  allowed_ips?: unknown;
}

export class CapabilityUrlDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty({
    type: [String],
    example: RANGES,
    description: 'CIDR ranges from which it may be used; none: from everywhere.',
  })
  allowed_ips!: readonly string[];

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  expires_at!: string | null;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Up to a minute old.' })
  last_used_at!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  revoked_at!: string | null;
}

export class NewCapabilityUrlDto extends CapabilityUrlDto {
  @ApiProperty({
    format: 'uri',
    description: 'What a client takes as the URL of the registry. Whoever has it can read the registry. Shown once.',
    example: 'https://mcp.example.com/registries/0197f3a2-0000-7000-8000-000000000000~ptl_cap_...',
  })
  url!: string;

  @ApiProperty({ type: [String], description: 'The same at every base of the registry. Shown once.' })
  urls!: readonly string[];
}

export class CapabilityUrlListDto {
  @ApiProperty({ type: [CapabilityUrlDto] })
  data!: CapabilityUrlDto[];

  @ApiProperty()
  meta!: PageMetaDto;
}
