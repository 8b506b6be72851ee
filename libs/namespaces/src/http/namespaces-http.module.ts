import { Module } from '@nestjs/common';
import { NamespacesModule } from '../namespaces.module';

@Module({ imports: [NamespacesModule], controllers: [] })
export class NamespacesHttpModule {}
