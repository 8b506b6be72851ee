import type { Type } from '@nestjs/common';
import { ProtectedResourceController } from './protected-resource.controller';

export const WELL_KNOWN_CONTROLLERS: readonly Type[] = [ProtectedResourceController];
