import { SigningKeys } from '@portolan/audit';
import { withRooms } from '../operator-context';

/** Signs from now on with a new key; what the old ones signed stays verifiable. */
export async function rotateAuditKey(): Promise<number> {
  const keyId = await withRooms((rooms) => rooms.get(SigningKeys).rotate());
  console.log(`Audit trails are signed with the key ${keyId} from now on.`);
  return 0;
}
