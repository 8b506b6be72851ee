export const RUNS = [];
