import { DestinationsController } from './destinations.controller';
import { ReplaysController } from './replays.controller';

export const DESTINATIONS = [DestinationsController, ReplaysController];
