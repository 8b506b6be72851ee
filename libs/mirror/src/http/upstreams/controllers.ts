export const UPSTREAMS_CONTROLLERS = [];
