/** What the MCP Registry API says, as a client reads it. */

export const OFFICIAL_KEY = 'io.modelcontextprotocol.registry/official';
export const PUBLISHER_KEY = 'io.modelcontextprotocol.registry/publisher-provided';
export const CURRENT_SCHEMA = 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json';

export type Status = 'active' | 'deprecated' | 'deleted';

export interface Official {
  readonly status: Status;
  readonly statusChangedAt: string;
  readonly statusMessage?: string;
  readonly publishedAt: string;
  readonly updatedAt: string;
  readonly isLatest: boolean;
}

export interface Document {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly [member: string]: unknown;
}

export interface Entry {
  readonly server: Document;
  readonly _meta: { readonly [OFFICIAL_KEY]: Official };
}

export interface ServerList {
  readonly servers: readonly Entry[];
  readonly metadata: { readonly count: number; readonly nextCursor?: string };
}

export interface BulkStatus {
  readonly updatedCount: number;
  readonly servers: readonly Entry[];
}

export interface Problem {
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly { readonly message: string; readonly location?: string; readonly value?: unknown }[];
  readonly instance: string;
}

export interface Validation {
  readonly valid: boolean;
  readonly issues: readonly {
    readonly type: string;
    readonly path: string;
    readonly message: string;
    readonly severity: string;
    readonly reference: string;
  }[];
}

export function official(entry: Entry): Official {
  return entry._meta[OFFICIAL_KEY];
}

/** A time with all six digits, of which text order is time order: on the wire the last zeros are left out. */
export function moment(time: string): string {
  return time.replace(/(?:\.(\d+))?Z$/, (_, fraction = '') => `.${String(fraction).padEnd(6, '0')}Z`);
}

/** `name@version` of each entry, in order. */
export function idsOf(list: { readonly servers: readonly Entry[] }): string[] {
  return list.servers.map(({ server }) => `${server.name}@${server.version}`);
}

/** Path of a version below `/v0.1/`, the way encodeURIComponent writes it. */
export function versionPath(name: string, version: string): string {
  return `servers/${encodeURIComponent(name)}/versions/${encodeURIComponent(version)}`;
}
