import { AuditSettingsController } from './audit-settings.controller';

export const SETTINGS = [AuditSettingsController];
