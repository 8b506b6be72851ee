export { asFetch } from './as-fetch';
export { Egress, type EgressResponse } from './egress';
