export const MIRRORS = [];
