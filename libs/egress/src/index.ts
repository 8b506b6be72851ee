export { asFetch } from './as-fetch';
export { Egress, type EgressRequest, type EgressResponse } from './egress';
export { failureKind, type FailureKind } from './failure-kind';
export { parseRetryAfter } from './retry-after';
