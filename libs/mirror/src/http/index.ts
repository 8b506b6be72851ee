export { MirrorHttpModule } from './mirror-http.module';
