import { Module } from '@nestjs/common';
import { MirrorModule } from '../mirror.module';
import { MIRRORS_CONTROLLERS } from './mirrors/controllers';
import { RUNS_CONTROLLERS } from './runs/controllers';
import { UPSTREAMS_CONTROLLERS } from './upstreams/controllers';

@Module({
  imports: [MirrorModule],
  controllers: [...UPSTREAMS_CONTROLLERS, ...MIRRORS_CONTROLLERS, ...RUNS_CONTROLLERS],
})
export class MirrorHttpModule {}
