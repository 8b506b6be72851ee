/** Injection token of the AccessConfig. */
export const ACCESS_CONFIG = Symbol('AccessConfig');
