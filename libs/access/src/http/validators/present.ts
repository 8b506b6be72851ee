/** For ValidateIf: a property that may be absent, but not null. */
export const present = (_: unknown, value: unknown) => value !== undefined;
