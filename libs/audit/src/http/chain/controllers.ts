import { AuditChainController } from './audit-chain.controller';

export const CHAIN = [AuditChainController];
