import type { Type } from '@nestjs/common';
import { RunDecisionsController } from './run-decisions.controller';
import { RunsController } from './runs.controller';

export const RUNS_CONTROLLERS: readonly Type[] = [RunDecisionsController, RunsController];
