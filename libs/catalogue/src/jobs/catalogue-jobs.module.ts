import { Module } from '@nestjs/common';
import { CatalogueModule } from '../catalogue.module';
import { SweepDocumentsProcessor } from './sweep-documents.processor';

@Module({ imports: [CatalogueModule], providers: [SweepDocumentsProcessor], exports: [SweepDocumentsProcessor] })
export class CatalogueJobsModule {}
