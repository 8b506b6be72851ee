import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { FilledRows } from '../support/every-table';
import { MISSING, type Operation } from './fixture';

/** Ids by the parameter of a path that they stand for, after the collection where one name has several meanings. */
export type Objects = Readonly<Record<string, string>>;

interface Schema {
  readonly $ref?: string;
  readonly format?: string;
  readonly description?: string;
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
}

interface Described {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly description?: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

const { paths, components } = JSON.parse(
  readFileSync(resolve(__dirname, '../../docs/reference/openapi.json'), 'utf8'),
) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};

const DESCRIBED = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, described]) => ({ path, method: method.toUpperCase(), ...described })),
);

/** Lists of the management API with the fields that they filter by. */
export const LISTS = DESCRIBED.flatMap(({ operationId: id, path, parameters = [] }) => {
  const filter = parameters.find(({ name }) => name === 'filter');
  const fields = /^Fields: ([^.;]+)/.exec(filter?.description ?? '')?.[1];
  return fields === undefined ? [] : [{ id, path, fields: fields.split(', ') }];
});

/** Where in a body or a query of the management API an id of an object stands: by its format, or by its name. */
export const ID_FIELDS = DESCRIBED.flatMap(({ operationId, parameters = [], requestBody }) =>
  [
    ...parameters
      .filter((one) => one.in === 'query' && one.name !== 'filter' && /\bid\b/i.test(one.description ?? ''))
      .map(({ name }) => name),
    ...Object.values(requestBody?.content ?? {}).flatMap(({ schema }) => idFieldsOf(schema)),
  ].map((field) => `${operationId} ${field}`),
);

function idFieldsOf(schema: Schema, name = ''): string[] {
  const target = schema.$ref === undefined ? schema : (components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
  const isId = target.format === 'uuid' || /(^|[._])ids?(\[\])?$/.test(name);
  const children = [
    ...(target.allOf ?? []).map((one) => [one, name] as const),
    ...Object.entries(target.properties ?? {}).map(
      ([key, one]) => [one, name === '' ? key : `${name}.${key}`] as const,
    ),
    ...(target.items ? [[target.items, `${name}[]`] as const] : []),
    ...(typeof target.additionalProperties === 'object' ? [[target.additionalProperties, `${name}.*`] as const] : []),
  ];
  // An array of ids is named by its items.
  return [...(isId && !target.items ? [name] : []), ...children.flatMap(([one, its]) => idFieldsOf(one, its))];
}

export function objectsOf(rows: FilledRows, registryId: string, organizationId: string): Objects {
  return {
    userId: rows.userId,
    teamId: rows.teamId,
    accountId: rows.systemAccountId,
    inviteId: rows.inviteId,
    sessionId: rows.sessionId,
    issuerId: rows.issuerId,
    providerId: rows.providerId,
    mappingId: rows.mappingId,
    capabilityUrlId: rows.capabilityUrlId,
    destinationId: rows.destinationId,
    replayId: rows.replayId,
    upstreamId: rows.upstreamId,
    mirrorId: rows.mirrorId,
    runId: rows.runId,
    reservedNamespaceId: rows.reservedNamespaceId,
    registryIdentifier: registryId,
    organizationId,
    'users roleId': rows.userRoleId,
    'teams roleId': rows.teamRoleId,
    'system-accounts roleId': rows.accountRoleId,
    'users tokenId': rows.userTokenId,
    'system-accounts tokenId': rows.accountTokenId,
  };
}

export function parametersOf({ path }: Pick<Operation, 'path'>): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
}

/** The path with these objects in it, one for each of its parameters, the last for all that follow; null: a missing one. */
export function pathTo({ path }: Pick<Operation, 'path'>, ...objects: readonly (Objects | null)[]): string {
  const [, collection = ''] = /^\/v0\/([a-z-]+)/.exec(path) ?? [];
  return parametersOf({ path }).reduce((text, name, index) => {
    const one = objects[Math.min(index, objects.length - 1)];
    const value = one === null ? MISSING : (one?.[name] ?? one?.[`${collection} ${name}`]);
    if (value === undefined) throw new Error(`${path}: no object for ${name}`);
    return text.replace(`{${name}}`, value);
  }, path);
}
