import { existsSync, readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { Authenticate, CreateOrganization, mintAdministratorToken } from '@portolan/access';
import { loadProcessConfig } from '@portolan/config';
import { checkRedis } from '@portolan/queue';
import { newRequestId } from '@portolan/telemetry';
import { withRooms } from '../operator-context';

interface TokenFile {
  readonly organization: string;
  readonly admin_token: string;
}

/**
 * What a first start needs: Redis answers, if one is set, and there is an organization with an administrator whose token
 * stands in `path`.
 * The file is written first: a crash in between leaves a token that opens nothing, and the next run makes another.
 */
export async function bootstrap(organization: string, path: string): Promise<number> {
  const { redisUrl } = loadProcessConfig();
  if (redisUrl !== null) await checkRedis(redisUrl);
  await withRooms(async (rooms) => {
    const known = readTokenFile(path);
    if (known?.organization === organization) {
      const answer = await rooms.get(Authenticate).run(
        { kind: 'access_token', text: known.admin_token },
        {
          address: '127.0.0.1',
          requestId: newRequestId(),
          traceId: null,
          userAgent: null,
          organization: null,
          registry: null,
        },
      );
      if (answer.outcome === 'signed-in' && answer.orgName === organization) return;
    }
    const token = mintAdministratorToken();
    await writeTokenFile(path, { organization, admin_token: token.text });
    await rooms.get(CreateOrganization).ensure(organization, token, newRequestId());
  });
  return 0;
}

function readTokenFile(path: string): TokenFile | null {
  if (!existsSync(path)) return null;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as TokenFile;
  } catch {
    return null;
  }
}

async function writeTokenFile(path: string, content: TokenFile): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(content)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}
