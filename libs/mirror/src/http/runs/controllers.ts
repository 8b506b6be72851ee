export const RUNS_CONTROLLERS = [];
