import type { Type } from '@nestjs/common';
import { IssuersController } from './issuers.controller';

export const ISSUER_CONTROLLERS: readonly Type[] = [IssuersController];
