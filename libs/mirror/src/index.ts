export { MirrorModule } from './mirror.module';
export { TidySources } from './sources/tidy-sources.service';
