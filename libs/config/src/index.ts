export { BUILD_INFO } from './build-info';
export {
  ConfigError,
  loadApiConfig,
  loadLauncherConfig,
  loadOperatorConfig,
  loadProcessConfig,
  type ApiConfig,
  type DatabaseConfig,
  type OperatorConfig,
  type ProcessConfig,
} from './load';
export { SETTINGS } from './settings';
