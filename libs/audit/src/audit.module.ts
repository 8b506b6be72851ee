import { Module } from '@nestjs/common';
import { TelemetryModule } from '@portolan/telemetry';
import { BUFFER } from './buffer/providers';
import { CHAIN } from './chain/providers';
import { DESTINATIONS } from './destinations/providers';
import { RETENTION } from './retention/providers';
import { ROWS } from './rows/providers';
import { SETTINGS } from './settings/providers';

const PROVIDERS = [...BUFFER, ...CHAIN, ...DESTINATIONS, ...RETENTION, ...ROWS, ...SETTINGS];

@Module({ imports: [TelemetryModule], providers: PROVIDERS, exports: PROVIDERS })
export class AuditModule {}
