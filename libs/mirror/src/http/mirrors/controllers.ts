export const MIRRORS_CONTROLLERS = [];
