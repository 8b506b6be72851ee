import type { Provider } from '@nestjs/common';

export const SETTINGS: Provider[] = [];
