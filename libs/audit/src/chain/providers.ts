import { ListCheckpoints } from './list-checkpoints.query';
import { FindRowsOutside } from './rows-outside.query';
import { SealRows } from './seal-rows.service';
import { SigningKeys } from './signing-keys';
import { VerifyChain } from './verify-chain.query';
import { WalkChain } from './walk-chain.query';

export const CHAIN = [FindRowsOutside, ListCheckpoints, SealRows, SigningKeys, VerifyChain, WalkChain];
