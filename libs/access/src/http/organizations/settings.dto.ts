import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Allow, IsBoolean, IsInt, Max, Min, ValidateIf } from 'class-validator';
import { ALLOWED_IPS_MAX } from '../../organizations/ip-allow-list';
import { present } from '../validators/present';

const DAYS_MAX = 365;
const ALLOWED_IPS = {
  type: 'array',
  items: { type: 'string' },
  maxItems: ALLOWED_IPS_MAX,
  uniqueItems: true,
  example: ['192.0.2.0/24', '2001:db8::/32'],
  description: 'Addresses and CIDR ranges, IPv4 and IPv6.',
} as const;

export class UpdateTokenSettingsDto {
  @ApiPropertyOptional({ description: 'Off: no personal access token works or can be made.' })
  @ValidateIf(present)
  @IsBoolean()
  pats_enabled?: boolean;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: DAYS_MAX,
    description: 'The longest lifetime of a token that is made from now on, personal or of a system account.',
  })
  @ValidateIf(present)
  @Max(DAYS_MAX)
  @Min(1)
  @IsInt()
  max_expiration_period_days?: number;
}

export class TokenSettingsDto {
  @ApiProperty()
  pats_enabled!: boolean;

  @ApiProperty({ type: 'integer', minimum: 1, maximum: DAYS_MAX })
  max_expiration_period_days!: number;
}

export class ReplaceIpAllowListDto {
  @ApiProperty()
  @IsBoolean()
  enabled!: boolean;

  @ApiProperty(ALLOWED_IPS)
  @Allow()
  allowed_ips!: unknown;
}

export class UpdateIpAllowListDto {
  @ApiPropertyOptional()
  @ValidateIf(present)
  @IsBoolean()
  enabled?: boolean;

  @ApiPropertyOptional(ALLOWED_IPS)
  @Allow()
  allowed_ips?: unknown;
}

export class IpAllowListDto {
  @ApiProperty({ description: 'On: credentials of the organization are good from these addresses only.' })
  enabled!: boolean;

  @ApiProperty({ ...ALLOWED_IPS, description: 'CIDR ranges in their one text; an address has all its bits.' })
  allowed_ips!: readonly string[];
}

class RateLimitDto {
  @ApiProperty({ example: 500, description: 'Requests a second that one principal may go on with.' })
  per_second!: number;

  @ApiProperty({ example: 5000, description: 'Requests that may come at once.' })
  burst!: number;
}

export class RateLimitsDto {
  @ApiProperty()
  read!: RateLimitDto;

  @ApiProperty()
  search!: RateLimitDto;

  @ApiProperty()
  write!: RateLimitDto;

  @ApiProperty()
  auth!: RateLimitDto;

  @ApiProperty()
  export!: RateLimitDto;
}

class QuotaDto {
  @ApiProperty({ type: 'integer', example: 1000 })
  maximum!: number;

  @ApiProperty({ type: 'integer', example: 7 })
  in_use!: number;
}

class QuotasInForceDto {
  @ApiProperty()
  registries!: QuotaDto;

  @ApiProperty({ description: 'Of one registry; in use by the one that holds most.' })
  servers!: QuotaDto;

  @ApiProperty({ description: 'Of one registry; in use by the one that holds most.' })
  versions!: QuotaDto;

  @ApiProperty({ description: 'Live ones of users and system accounts together.' })
  tokens!: QuotaDto;

  @ApiProperty({ description: 'Predefined ones do not count.' })
  teams!: QuotaDto;
}

export class OrganizationLimitsDto {
  @ApiProperty()
  rate_limits!: RateLimitsDto;

  @ApiProperty()
  quotas!: QuotasInForceDto;
}
