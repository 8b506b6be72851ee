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
import { PUBLISHER_META_KEY, VERSION_MAX_LENGTH } from '../server-json';
import type { Shape } from '../shape';
import type { SchemaFeatures } from './schema-features';
import { propertySchemas, shapeSchema, type JsonSchema } from './shape-schema';

const ICON_SIZE_PATTERN = '^(\\d+x\\d+|any)$';
const WEB_URL_PATTERN = '^https?://[^\\s]+$';

/** A transport stands in two places with different rules, so it has no definition of its own name. */
const definitionNames: ReadonlyMap<Shape, string> = new Map([
  [repositoryShape, 'Repository'],
  [iconShape, 'Icon'],
  [inputShape, 'Input'],
  [keyValueInputShape, 'KeyValueInput'],
  [argumentShape, 'Argument'],
  [transportShape, 'LocalTransport'],
  [packageShape, 'Package'],
]);

const reference = (name: string): JsonSchema => ({ $ref: `#/definitions/${name}` });
const referenceOf = (shape: Shape): JsonSchema => reference(definitionNames.get(shape) ?? '');

const propertiesOf = (shape: Shape): Record<string, JsonSchema> => propertySchemas(shape.properties, referenceOf);

function without(properties: Record<string, JsonSchema>, names: readonly string[]): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !names.includes(name)));
}

/** An object that is one of several, told apart by `type`: each alternative is tested alone, so faults name the right one. */
function byType(alternatives: Record<string, string>, extra: JsonSchema = {}): JsonSchema {
  const types = Object.keys(alternatives);
  return {
    type: 'object',
    required: ['type'],
    properties: { type: { type: 'string', enum: types } },
    allOf: Object.entries(alternatives).map(([type, definition]) => ({
      if: { type: 'object', required: ['type'], properties: { type: { const: type } } },
      then: reference(definition),
    })),
    ...extra,
  };
}

const stdioTransport: JsonSchema = {
  type: 'object',
  required: ['type'],
  properties: { type: { type: 'string', enum: ['stdio'] } },
};

function webTransport(type: string, url: JsonSchema): JsonSchema {
  const { headers = {} } = propertiesOf(transportShape);
  return {
    type: 'object',
    required: ['type', 'url'],
    properties: { type: { type: 'string', enum: [type] }, url: { type: 'string', ...url }, headers },
  };
}

function remoteTransport(features: SchemaFeatures): JsonSchema {
  const { variables = {} } = propertiesOf(transportShape);
  const remote = byType({ 'streamable-http': 'StreamableHttpTransport', sse: 'SseTransport' });
  if (!features.remoteVariables) return remote;
  return { ...remote, properties: { type: { type: 'string', enum: ['streamable-http', 'sse'] }, variables } };
}

const positionalArgument: JsonSchema = {
  type: 'object',
  required: ['type'],
  properties: { ...without(propertiesOf(argumentShape), ['name']), type: { type: 'string', enum: ['positional'] } },
  anyOf: [{ required: ['valueHint'] }, { required: ['value'] }],
};

const namedArgument: JsonSchema = {
  type: 'object',
  required: ['type', 'name'],
  properties: { ...without(propertiesOf(argumentShape), ['valueHint']), type: { type: 'string', enum: ['named'] } },
};

function packageSchema(features: SchemaFeatures): JsonSchema {
  const properties = propertiesOf(packageShape);
  return shapeSchema(packageShape, referenceOf, {
    required: ['registryType', 'identifier', ...(features.packageVersionRequired ? ['version'] : []), 'transport'],
    properties: { ...properties, version: { ...properties.version, not: { const: 'latest' } } },
  });
}

function serverSchema(features: SchemaFeatures): JsonSchema {
  const properties: Record<string, JsonSchema> = {
    ...propertiesOf(serverShape),
    version: { type: 'string', maxLength: VERSION_MAX_LENGTH },
    remotes: { type: 'array', items: reference('RemoteTransport') },
    _meta: { type: 'object', properties: { [PUBLISHER_META_KEY]: { type: 'object' } } },
  };
  return shapeSchema(serverShape, referenceOf, {
    required: ['name', 'description', 'version'],
    properties: features.display ? properties : without(properties, ['title', 'icons']),
  });
}

function iconSchema(): JsonSchema {
  const sizes = { type: 'array', items: { type: 'string', pattern: ICON_SIZE_PATTERN } };
  return shapeSchema(iconShape, referenceOf, { properties: { ...propertiesOf(iconShape), sizes } });
}

/** The JSON Schema (Draft-07) of normalised documents with these features. */
export function serverJsonSchema(features: SchemaFeatures): JsonSchema {
  const webUrl: JsonSchema = features.webUrls ? { pattern: WEB_URL_PATTERN } : {};
  const sseUrl: JsonSchema = features.webUrls ? webUrl : { format: 'uri' };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $ref: '#/definitions/ServerDetail',
    definitions: {
      ServerDetail: serverSchema(features),
      Repository: shapeSchema(repositoryShape, referenceOf, { required: ['url', 'source'] }),
      ...(features.display ? { Icon: iconSchema() } : {}),
      Package: packageSchema(features),
      LocalTransport: byType({
        stdio: 'StdioTransport',
        'streamable-http': 'StreamableHttpTransport',
        sse: 'SseTransport',
      }),
      RemoteTransport: remoteTransport(features),
      StdioTransport: stdioTransport,
      StreamableHttpTransport: webTransport('streamable-http', webUrl),
      SseTransport: webTransport('sse', sseUrl),
      Argument: byType({ positional: 'PositionalArgument', named: 'NamedArgument' }),
      PositionalArgument: positionalArgument,
      NamedArgument: namedArgument,
      KeyValueInput: shapeSchema(keyValueInputShape, referenceOf),
      Input: shapeSchema(inputShape, referenceOf),
    },
  };
}
