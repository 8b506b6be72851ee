import { UpstreamsController } from './upstreams.controller';

export const UPSTREAMS_CONTROLLERS = [UpstreamsController];
