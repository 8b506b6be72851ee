import { Module } from '@nestjs/common';
import { AuditModule } from '../audit.module';
import { CHAIN } from './chain/controllers';
import { DESTINATIONS } from './destinations/controllers';
import { ROWS } from './rows/controllers';
import { SETTINGS } from './settings/controllers';

@Module({ imports: [AuditModule], controllers: [...CHAIN, ...DESTINATIONS, ...ROWS, ...SETTINGS] })
export class AuditHttpModule {}
