import type { Type } from '@nestjs/common';
import { CapabilityUrlsController } from './capability-urls.controller';

export const CAPABILITY_URL_CONTROLLERS: readonly Type[] = [CapabilityUrlsController];
