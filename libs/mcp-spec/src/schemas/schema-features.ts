/** What differs between the published formats. Everything else is equal and written once, in `schema-definitions.ts`. */
export interface SchemaFeatures {
  /** A package must state its version. */
  packageVersionRequired: boolean;
  /** Title and icons have a meaning, and so have rules. Before, they were properties like any unknown one. */
  display: boolean;
  /** The URL of either web transport must start with http:// or https://. Before, that of streamable-http was free and that of sse any absolute URI. */
  webUrls: boolean;
  /** A remote may declare variables for its URL. */
  remoteVariables: boolean;
}

const untilSeptember: SchemaFeatures = {
  packageVersionRequired: true,
  display: false,
  webUrls: false,
  remoteVariables: false,
};
const october: SchemaFeatures = { ...untilSeptember, packageVersionRequired: false, display: true };

/**
 * By date of publication. The first format was published with snake_case names; documents are normalised to camelCase
 * before they are checked, so its schema is the same as the next one.
 */
export const SCHEMA_FEATURES = {
  '2025-07-09': untilSeptember,
  '2025-09-16': untilSeptember,
  '2025-09-29': untilSeptember,
  '2025-10-11': october,
  '2025-10-17': october,
  '2025-12-11': { ...october, webUrls: true, remoteVariables: true },
} satisfies Record<string, SchemaFeatures>;

export type SchemaDate = keyof typeof SCHEMA_FEATURES;

export const isSchemaDate = (id: string): id is SchemaDate => Object.hasOwn(SCHEMA_FEATURES, id);
