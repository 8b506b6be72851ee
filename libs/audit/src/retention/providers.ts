import { PurgeTrail } from './purge-trail.service';
import { SetBoundary } from './set-boundary.service';

export const RETENTION = [PurgeTrail, SetBoundary];
