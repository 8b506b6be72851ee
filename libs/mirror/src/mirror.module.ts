import { Module } from '@nestjs/common';
import { CatalogueModule } from '@portolan/catalogue';
import { MIRRORS } from './mirrors/providers';
import { Pace } from './pace';
import { RUNS } from './runs/providers';
import { SOURCES } from './sources/providers';
import { Statistics } from './statistics';
import { UPSTREAMS } from './upstreams/providers';

const PROVIDERS = [Pace, Statistics, ...MIRRORS, ...RUNS, ...SOURCES, ...UPSTREAMS];

@Module({ imports: [CatalogueModule], providers: PROVIDERS, exports: PROVIDERS })
export class MirrorModule {}
