export { CatalogueJobsModule } from './catalogue-jobs.module';
export { SweepDocumentsProcessor } from './sweep-documents.processor';
