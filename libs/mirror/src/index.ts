export { MirrorModule } from './mirror.module';
