import type { Provider } from '@nestjs/common';

export const BUFFER: Provider[] = [];
