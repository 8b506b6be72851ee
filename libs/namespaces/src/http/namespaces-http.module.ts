import { Module } from '@nestjs/common';
import { NamespacesModule } from '../namespaces.module';
import { ReservedNamespacesController } from './reserved-namespaces.controller';

@Module({ imports: [NamespacesModule], controllers: [ReservedNamespacesController] })
export class NamespacesHttpModule {}
