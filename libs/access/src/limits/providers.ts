import type { AccessConfig } from '@portolan/config';
import { ACCESS_CONFIG } from '../access-config';
import { Limits } from './limits.service';
import { LoginThrottle } from './login-throttle';
import { ProcessBuckets } from './process-buckets';
import { Quotas } from './quotas.service';

export const LIMITS = [
  ProcessBuckets,
  {
    provide: Limits,
    useFactory: (config: AccessConfig, buckets: ProcessBuckets) => new Limits(config, buckets),
    inject: [ACCESS_CONFIG, ProcessBuckets],
  },
  LoginThrottle,
  Quotas,
];
