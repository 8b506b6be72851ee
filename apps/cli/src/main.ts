import 'reflect-metadata';
import { AppError } from '@portolan/kernel';
import { bootstrap } from './commands/bootstrap';
import { createOrganization } from './commands/create-organization';
import { migrateAll } from './commands/migrate';

const USAGE = `usage:
  migrate                                        bring the database to this version
  org create <name>                              make an organization and print its first admin token once
  bootstrap --organization <name> --token-file <path>
                                                 make the first organization unless it is there`;

/** The operator's commands. They work on the database itself, so they need DATABASE_URL and DATABASE_OWNER_URL. */
async function main(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  switch (command) {
    case 'migrate':
      return migrateAll();
    case 'org':
      return rest[0] === 'create' && rest[1] !== undefined && rest.length === 2
        ? createOrganization(rest[1])
        : misused();
    case 'bootstrap':
      return rest[0] === '--organization' && rest[2] === '--token-file' && rest[1] && rest[3]
        ? bootstrap(rest[1], rest[3])
        : misused();
    default:
      return misused();
  }
}

function misused(): number {
  console.error(USAGE);
  return 2;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(`portolan: ${explain(error)}`);
    process.exitCode = 1;
  },
);

function explain(error: unknown): string {
  if (error instanceof AppError) return error.invalidParameters[0]?.reason ?? error.detail;
  return error instanceof Error ? error.message || error.name : String(error);
}
