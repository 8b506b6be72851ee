import { DataSource, type DataSourceOptions } from 'typeorm';
import { cannotBeUsed, CONNECT_TIMEOUT_MS } from './cannot-be-used';

type PostgresDataSourceOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

/** Opens a pool; a server that cannot be used is told under the name of the setting that led to it. */
export async function connect(
  setting: { readonly name: string; readonly expected: string },
  options: PostgresDataSourceOptions,
): Promise<DataSource> {
  try {
    return await new DataSource({
      ...options,
      installExtensions: false,
      connectTimeoutMS: CONNECT_TIMEOUT_MS,
    }).initialize();
  } catch (error) {
    throw cannotBeUsed(setting, error);
  }
}
