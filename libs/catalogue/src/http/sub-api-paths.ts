/** Every base of a registry; each sub-API route answers below all of them. */
const BASES = [
  'registries/:registryIdentifier',
  'v0/registries/:registryIdentifier',
  'v0/mcp-registries/:registryIdentifier',
  'o/:organization/registries/:registryIdentifier',
];

const WELL_KNOWN = /^\/+\.well-known\/+oauth-protected-resource(?:[/?]|$)/;

const SUB_API =
  /^\/+(?:(?:v0\/+)?(?:mcp-)?registries|o\/+[^/?]+\/+registries)\/+[^/?]+\/+(?:v0\.1|v0|servers|openapi\.(?:json|yaml))(?:[/?]|$)/;

/**
 * True for a request below a registry's base, or for where its clients learn how to sign in: it answers in the MCP
 * Registry API's shapes, with CORS. The route that was matched says so; its pattern has the form of a URL. Without one
 * the URL itself has to.
 */
export function isSubApi(request: {
  readonly url: string;
  readonly routeOptions?: { readonly url?: string | undefined };
}): boolean {
  const pattern = request.routeOptions?.url;
  // The preflight route takes every path.
  const path = pattern === undefined || pattern.includes('*') ? request.url : pattern;
  return SUB_API.test(path) || WELL_KNOWN.test(path);
}

export const BASE_PATHS = BASES;
export const VERSIONED_PATHS = below(['v0.1', 'v0']);
/** Reads answer without a version, too. */
export const READ_PATHS = [...BASES, ...VERSIONED_PATHS];
/** The oldest API has an alias that the later one lacks. */
export const V0_PATHS = below(['v0']);

function below(versions: readonly string[]): string[] {
  return BASES.flatMap((base) => versions.map((version) => `${base}/${version}`));
}
