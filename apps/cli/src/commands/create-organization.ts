import { CreateOrganization, mintAdministratorToken } from '@portolan/access';
import { newRequestId } from '@portolan/telemetry';
import { withRooms } from '../operator-context';

export async function createOrganization(name: string): Promise<number> {
  const token = mintAdministratorToken();
  await withRooms((rooms) => rooms.get(CreateOrganization).execute(name, token, newRequestId()));
  console.log(`Organization: ${name}`);
  console.log(`Admin token (shown once): ${token.text}`);
  return 0;
}
