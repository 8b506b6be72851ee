import { Module } from '@nestjs/common';
import { ListAuditLogs } from './list-audit-logs.query';

@Module({ providers: [ListAuditLogs], exports: [ListAuditLogs] })
export class AuditModule {}
