export { BUILD_INFO } from './build-info';
export {
  ConfigError,
  loadApiConfig,
  loadLauncherConfig,
  loadOperatorConfig,
  loadProcessConfig,
  type AccessConfig,
  type ApiConfig,
  type DatabaseConfig,
  type OperatorConfig,
  type ProcessConfig,
} from './load';
export { SETTINGS, type RateLimit } from './settings';
