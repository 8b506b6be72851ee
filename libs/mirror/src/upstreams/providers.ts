export const UPSTREAMS = [];
