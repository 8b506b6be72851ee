import { ApplyRun } from './apply-run.service';
import { CancelRun } from './cancel-run.service';
import { ClaimRun } from './claim-run.service';
import { CreateRun } from './create-run.service';
import { ExecuteRun } from './execute-run.service';
import { GetRun } from './get-run.query';
import { ListRunItems } from './list-run-items.query';
import { ListRuns } from './list-runs.query';
import { RefuseRun } from './refuse-run.service';
import { ReleaseRun } from './release-run.service';
import { RetryRun } from './retry-run.service';
import { ScheduleRun } from './schedule-run.service';
import { SpreadNews } from './spread-news.service';

export const RUNS = [
  ApplyRun,
  CancelRun,
  ClaimRun,
  CreateRun,
  ExecuteRun,
  GetRun,
  ListRunItems,
  ListRuns,
  RefuseRun,
  ReleaseRun,
  RetryRun,
  ScheduleRun,
  SpreadNews,
];
