import type { Type } from '@nestjs/common';

export const SETTINGS: Type[] = [];
