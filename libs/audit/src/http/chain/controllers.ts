import type { Type } from '@nestjs/common';

export const CHAIN: Type[] = [];
