import { Module } from '@nestjs/common';
import { FreeNamespace } from './reserved/free-namespace.service';
import { GetReservedNamespace } from './reserved/get-reserved-namespace.query';
import { ListReservedNamespaces } from './reserved/list-reserved-namespaces.query';
import { ReserveNamespace } from './reserved/reserve-namespace.service';

const PROVIDERS = [FreeNamespace, GetReservedNamespace, ListReservedNamespaces, ReserveNamespace];

@Module({ providers: PROVIDERS, exports: PROVIDERS })
export class NamespacesModule {}
