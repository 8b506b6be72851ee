import type { Provider } from '@nestjs/common';

export const RETENTION: Provider[] = [];
