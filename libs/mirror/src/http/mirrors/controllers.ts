import type { Type } from '@nestjs/common';
import { MirrorsController } from './mirrors.controller';

export const MIRRORS_CONTROLLERS: readonly Type[] = [MirrorsController];
