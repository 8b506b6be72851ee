import { SealRows } from './seal-rows.service';
import { SigningKeys } from './signing-keys';

export const CHAIN = [SealRows, SigningKeys];
