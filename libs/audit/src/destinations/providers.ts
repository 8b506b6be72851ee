import type { Provider } from '@nestjs/common';

export const DESTINATIONS: Provider[] = [];
