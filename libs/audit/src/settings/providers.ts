import { GetAuditSettings } from './get-audit-settings.query';
import { UpdateAuditSettings } from './update-audit-settings.service';

export const SETTINGS = [GetAuditSettings, UpdateAuditSettings];
