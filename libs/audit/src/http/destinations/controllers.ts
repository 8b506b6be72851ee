import type { Type } from '@nestjs/common';

export const DESTINATIONS: Type[] = [];
