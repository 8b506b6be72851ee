/** The name of an organization or a registry: a segment of URLs, never changed. */
export const MACHINE_NAME = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

export const MACHINE_NAME_LENGTH_MAX = 120;
