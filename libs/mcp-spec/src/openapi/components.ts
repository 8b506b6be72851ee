import {
  argumentShape,
  iconShape,
  inputShape,
  keyValueInputShape,
  packageShape,
  repositoryShape,
  serverShape,
  transportShape,
} from '../property-table';
import { OFFICIAL_META_KEY, ORIGIN_META_KEY, PUBLISHER_META_KEY } from '../server-json';
import { propertySchemas, type JsonSchema } from '../schemas/shape-schema';
import type { Shape } from '../shape';

export const schemaReference = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

const componentNames: ReadonlyMap<Shape, string> = new Map([
  [serverShape, 'ServerJSON'],
  [repositoryShape, 'Repository'],
  [iconShape, 'Icon'],
  [packageShape, 'Package'],
  [transportShape, 'Transport'],
  [argumentShape, 'Argument'],
  [keyValueInputShape, 'KeyValueInput'],
  [inputShape, 'Input'],
]);

/** Closed, because an unknown property in a request is refused and none can be in a response. */
function component(shape: Shape): JsonSchema {
  return {
    type: 'object',
    additionalProperties: false,
    required: shape.properties.filter((each) => each.requiredInBody).map(({ name }) => name),
    properties: propertySchemas(
      shape.properties,
      (nested) => schemaReference(componentNames.get(nested) ?? ''),
      ({ description }) => ({ description }),
    ),
  };
}

function serverComponent(): JsonSchema {
  const server = component(serverShape);
  const meta: JsonSchema = {
    type: 'object',
    description: 'Extensions under reverse-DNS keys. The key of the official block is refused in a request.',
    additionalProperties: true,
    properties: {
      [PUBLISHER_META_KEY]: {
        type: 'object',
        additionalProperties: true,
        description: "The publisher's own data, at most 4096 bytes of JSON.",
      },
    },
  };
  return {
    ...server,
    description: 'A server.json document.',
    properties: { ...(server.properties as Record<string, JsonSchema>), _meta: meta },
  };
}

const time = (description: string): JsonSchema => ({ type: 'string', format: 'date-time', description });

const officialMeta: JsonSchema = {
  type: 'object',
  description: 'What the registry itself says about a version.',
  additionalProperties: false,
  required: ['status', 'statusChangedAt', 'publishedAt', 'updatedAt', 'isLatest'],
  properties: {
    status: schemaReference('Status'),
    statusChangedAt: time('When the status became what it is.'),
    statusMessage: { type: 'string', maxLength: 500, description: 'Why, for a reader.' },
    publishedAt: time('When the version was published.'),
    updatedAt: time('When anything about the version changed last.'),
    isLatest: { type: 'boolean', description: 'Whether this is the latest version of the server.' },
  },
};

const origin: JsonSchema = {
  type: 'object',
  description: 'Where a version came from. Absent for one that was published here.',
  additionalProperties: false,
  required: ['upstream', 'run'],
  properties: {
    upstream: { type: 'string', description: 'Name of the upstream that it is mirrored from.' },
    updatedAt: time('When it changed last there. Absent when the upstream does not say.'),
    run: { type: 'string', description: 'Id of the run that brought it as it is.' },
  },
};

const count = (description: string): JsonSchema => ({ type: 'integer', minimum: 0, description });

const responseSchemas: Record<string, JsonSchema> = {
  Status: {
    type: 'string',
    enum: ['active', 'deprecated', 'deleted'],
    description: 'Where a version stands in its life.',
  },
  OfficialMeta: officialMeta,
  Origin: origin,
  ServerResponse: {
    type: 'object',
    description: 'A document and what the registry says about it.',
    required: ['server', '_meta'],
    properties: {
      server: schemaReference('ServerJSON'),
      _meta: {
        type: 'object',
        description:
          'The official block; for a mirrored version also where it came from, and what its upstream says of it under keys of its own.',
        additionalProperties: true,
        required: [OFFICIAL_META_KEY],
        properties: {
          [OFFICIAL_META_KEY]: schemaReference('OfficialMeta'),
          [ORIGIN_META_KEY]: schemaReference('Origin'),
        },
      },
    },
  },
  ServerList: {
    type: 'object',
    required: ['servers', 'metadata'],
    properties: {
      servers: { type: 'array', items: schemaReference('ServerResponse') },
      metadata: {
        type: 'object',
        required: ['count'],
        properties: {
          nextCursor: { type: 'string', description: 'Pass it as cursor to read on. Absent on the last page.' },
          count: count('Number of entries on this page.'),
        },
      },
    },
  },
  BulkStatusResponse: {
    type: 'object',
    required: ['updatedCount', 'servers'],
    properties: {
      updatedCount: count('Number of versions of the server, changed or not.'),
      servers: { type: 'array', items: schemaReference('ServerResponse') },
    },
  },
  StatusChange: {
    type: 'object',
    additionalProperties: false,
    required: ['status'],
    properties: {
      status: schemaReference('Status'),
      statusMessage: {
        type: 'string',
        maxLength: 500,
        description: 'Left out, the old message is cleared. Not allowed with active.',
      },
    },
  },
  ValidationResult: {
    type: 'object',
    required: ['valid', 'issues'],
    properties: {
      valid: { type: 'boolean', description: 'No issue is an error. Warnings may remain.' },
      issues: { type: 'array', items: schemaReference('ValidationIssue') },
    },
  },
  ValidationIssue: {
    type: 'object',
    required: ['type', 'path', 'message', 'severity', 'reference'],
    properties: {
      type: { type: 'string', enum: ['json', 'schema', 'semantic', 'linter'] },
      path: { type: 'string', description: 'Where, such as packages[0].transport.url.' },
      message: { type: 'string' },
      severity: { type: 'string', enum: ['error', 'warning', 'info'] },
      reference: { type: 'string', description: 'The rule, by name or by its place in the JSON Schema.' },
    },
  },
  Problem: {
    type: 'object',
    description: 'An error, as RFC 9457 lays it out.',
    required: ['title', 'status', 'detail'],
    properties: {
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string' },
      errors: {
        type: 'array',
        items: {
          type: 'object',
          required: ['message'],
          properties: {
            message: { type: 'string' },
            location: { type: 'string', description: 'Where, such as body.packages[0].transport or query.limit.' },
            value: { description: 'What was found there. Left out when it is long.' },
          },
        },
      },
    },
  },
  Health: {
    type: 'object',
    required: ['status'],
    properties: { status: { type: 'string' }, github_client_id: { type: 'string' } },
  },
  Ping: { type: 'object', required: ['pong'], properties: { pong: { type: 'boolean' } } },
  Version: {
    type: 'object',
    required: ['version', 'git_commit', 'build_time'],
    properties: { version: { type: 'string' }, git_commit: { type: 'string' }, build_time: { type: 'string' } },
  },
};

/** Schemas and security schemes which the paths refer to. */
export function apiComponents(): object {
  const shapes = [...componentNames].filter(([shape]) => shape !== serverShape);
  return {
    schemas: {
      ServerJSON: serverComponent(),
      ...Object.fromEntries(shapes.map(([shape, name]) => [name, component(shape)])),
      ...responseSchemas,
    },
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer', description: 'An access token or a registry token.' },
    },
  };
}
