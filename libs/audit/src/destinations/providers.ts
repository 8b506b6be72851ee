import { ClaimDelivery } from './claim-delivery.service';
import { CreateDestination } from './create-destination.service';
import { CreateReplay } from './create-replay.service';
import { DeleteDestination } from './delete-destination.service';
import { DeleteReplay } from './delete-replay.service';
import { DeliverBatch } from './deliver-batch.service';
import { DestinationSender } from './destination-sender';
import { GetDestinationStatus } from './get-destination-status.query';
import { GetDestination } from './get-destination.query';
import { GetReplay } from './get-replay.query';
import { ListDestinations } from './list-destinations.query';
import { ListReplays } from './list-replays.query';
import { SendTestEntry } from './send-test-entry.service';
import { UpdateDestination } from './update-destination.service';

export const DESTINATIONS = [
  ClaimDelivery,
  CreateDestination,
  CreateReplay,
  DeleteDestination,
  DeleteReplay,
  DeliverBatch,
  DestinationSender,
  GetDestination,
  GetDestinationStatus,
  GetReplay,
  ListDestinations,
  ListReplays,
  SendTestEntry,
  UpdateDestination,
];
