import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, ValidateIf } from 'class-validator';
import { present } from '../validators/present';

const BASIC = 'By email address and password.';
const OIDC = 'By the enabled identity provider.';
const MAPPING = 'Groups of the identity provider decide about teams at each login.';

export class AuthenticationSettingsDto {
  @ApiProperty({ description: BASIC })
  basic_auth_enabled!: boolean;

  @ApiProperty({ description: OIDC })
  oidc_auth_enabled!: boolean;

  @ApiProperty({ description: MAPPING })
  idp_mapping_enabled!: boolean;
}

export class UpdateAuthenticationSettingsDto {
  @ApiPropertyOptional({ description: BASIC })
  @ValidateIf(present)
  @IsBoolean()
  basic_auth_enabled?: boolean;

  @ApiPropertyOptional({ description: OIDC })
  @ValidateIf(present)
  @IsBoolean()
  oidc_auth_enabled?: boolean;

  @ApiPropertyOptional({ description: MAPPING })
  @ValidateIf(present)
  @IsBoolean()
  idp_mapping_enabled?: boolean;
}
