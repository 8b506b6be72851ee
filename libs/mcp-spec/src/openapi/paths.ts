import { schemaReference } from './components';

type Part = Record<string, unknown>;

const parameter = (place: 'path' | 'query', name: string, schema: Part, description: string): Part => ({
  name,
  in: place,
  required: place === 'path',
  description,
  schema,
});
const query = (name: string, schema: Part, description: string): Part => parameter('query', name, schema, description);

const text: Part = { type: 'string' };
const serverName = parameter('path', 'serverName', text, 'Name of the server, its slash written as %2F.');
const version = parameter('path', 'version', text, 'The exact version, percent-encoded.');
const versionOrLatest = parameter('path', 'version', text, 'The exact version, percent-encoded, or latest.');
const includeDeleted = query('include_deleted', { type: 'boolean', default: false }, 'Also show deleted versions.');

const listParameters: Part[] = [
  query('cursor', text, 'nextCursor of the page before. Opaque, and good only for the same filters.'),
  query('limit', { type: 'integer', minimum: 1, maximum: 100, default: 30 }, 'Entries on a page.'),
  query('search', text, 'Part of the name, in any letter case.'),
  query('version', text, 'An exact version, or latest for the latest of each server.'),
  query(
    'updated_since',
    { type: 'string', format: 'date-time' },
    'Only what changed after this moment. Deleted versions are then included, so include_deleted=false is refused.',
  ),
  includeDeleted,
];

const problems: Record<number, string> = {
  400: 'The request cannot be carried out; errors[0].message says why.',
  401: 'The credential is missing or not valid.',
  403: 'The credential does not allow this.',
  404: 'There is no such server or version, or it is not for the caller to know.',
  413: 'The body is 1 MiB or longer.',
  415: 'The body is not JSON.',
  422: 'A parameter or the body is not well formed, or the document breaks a rule.',
};

function problemResponses(statuses: readonly number[]): Part {
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: problems[status],
        content: { 'application/problem+json': { schema: schemaReference('Problem') } },
      },
    ]),
  );
}

interface Operation {
  operationId: string;
  tag: 'servers' | 'publish' | 'service';
  summary: string;
  description?: string;
  parameters?: Part[];
  /** Name of the schema of the request body. */
  body?: string;
  /** Name of the schema of the answer; none means 204. */
  answer?: string;
  problems?: number[];
  needsCredential?: boolean;
}

const json = (schema: string): Part => ({ content: { 'application/json': { schema: schemaReference(schema) } } });

function operation(of: Operation): Part {
  return {
    operationId: of.operationId,
    tags: [of.tag],
    summary: of.summary,
    ...(of.description === undefined ? {} : { description: of.description }),
    ...(of.parameters === undefined ? {} : { parameters: of.parameters }),
    ...(of.body === undefined ? {} : { requestBody: { required: true, ...json(of.body) } }),
    ...(of.needsCredential === true ? { security: [{ bearer: [] }] } : {}),
    responses: {
      ...(of.answer === undefined
        ? { 204: { description: 'Done.' } }
        : { 200: { description: of.summary, ...json(of.answer) } }),
      ...problemResponses(of.problems ?? []),
    },
  };
}

const READ_PROBLEMS = [400, 401, 404, 422];
const WRITE_PROBLEMS = [400, 401, 403, 404, 413, 415, 422];

const paths: Record<string, Record<string, Operation>> = {
  '/v0.1/servers': {
    get: {
      operationId: 'listServers',
      tag: 'servers',
      summary: 'Versions of all servers',
      description: 'Ordered bytewise by name, then by version as text. Deleted versions are left out unless asked for.',
      parameters: listParameters,
      answer: 'ServerList',
      problems: READ_PROBLEMS,
    },
  },
  '/v0.1/servers/{serverName}/versions': {
    get: {
      operationId: 'listServerVersions',
      tag: 'servers',
      summary: 'All versions of a server',
      description: 'Newest first, in one answer: there are no pages.',
      parameters: [serverName, includeDeleted],
      answer: 'ServerList',
      problems: READ_PROBLEMS,
    },
  },
  '/v0.1/servers/{serverName}/versions/{version}': {
    get: {
      operationId: 'getServerVersion',
      tag: 'servers',
      summary: 'One version of a server',
      parameters: [serverName, versionOrLatest, includeDeleted],
      answer: 'ServerResponse',
      problems: READ_PROBLEMS,
    },
    put: {
      operationId: 'editServerVersion',
      tag: 'publish',
      summary: 'Replace the document of a version',
      description: 'Name and version in the body must be those in the path. Status and time of publication stay.',
      parameters: [serverName, version],
      body: 'ServerJSON',
      answer: 'ServerResponse',
      problems: WRITE_PROBLEMS,
      needsCredential: true,
    },
    delete: {
      operationId: 'deleteServerVersion',
      tag: 'publish',
      summary: 'Mark a version as deleted',
      description: 'The version is hidden and keeps its number: the same version cannot be published again.',
      parameters: [serverName, version],
      answer: 'ServerResponse',
      problems: [400, 401, 403, 404],
      needsCredential: true,
    },
  },
  '/v0.1/servers/{serverName}/versions/{version}/status': {
    patch: {
      operationId: 'setVersionStatus',
      tag: 'publish',
      summary: 'Change the status of a version',
      parameters: [serverName, version],
      body: 'StatusChange',
      answer: 'ServerResponse',
      problems: WRITE_PROBLEMS,
      needsCredential: true,
    },
  },
  '/v0.1/servers/{serverName}/status': {
    patch: {
      operationId: 'setServerStatus',
      tag: 'publish',
      summary: 'Change the status of every version of a server',
      description: 'All or nothing.',
      parameters: [serverName],
      body: 'StatusChange',
      answer: 'BulkStatusResponse',
      problems: WRITE_PROBLEMS,
      needsCredential: true,
    },
  },
  '/v0.1/publish': {
    post: {
      operationId: 'publishServer',
      tag: 'publish',
      summary: 'Publish a new version',
      description: 'A version is published once: its number can never be used again for the same server.',
      body: 'ServerJSON',
      answer: 'ServerResponse',
      problems: WRITE_PROBLEMS.filter((status) => status !== 404),
      needsCredential: true,
    },
  },
  '/v0.1/validate': {
    post: {
      operationId: 'validateServer',
      tag: 'publish',
      summary: 'Findings about a document',
      description: 'Publishes nothing. Answers 200 for a sound request body, whether the document is valid or not.',
      body: 'ServerJSON',
      answer: 'ValidationResult',
      problems: [400, 413, 415, 422],
    },
  },
  '/v0.1/health': { get: { operationId: 'health', tag: 'service', summary: 'State of the service', answer: 'Health' } },
  '/v0.1/ping': { get: { operationId: 'ping', tag: 'service', summary: 'Sign of life', answer: 'Ping' } },
  '/v0.1/version': {
    get: { operationId: 'version', tag: 'service', summary: 'Version of the service', answer: 'Version' },
  },
};

/** Every path of the API with its operations. */
export function apiPaths(): object {
  return Object.fromEntries(
    Object.entries(paths).map(([path, operations]) => [
      path,
      Object.fromEntries(Object.entries(operations).map(([method, each]) => [method, operation(each)])),
    ]),
  );
}
