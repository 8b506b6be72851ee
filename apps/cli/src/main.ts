import 'reflect-metadata';
import { bootstrap } from './commands/bootstrap';
import { createOrganization } from './commands/create-organization';
import { migrateAll } from './commands/migrate';
import { rotateAuditKey } from './commands/rotate-audit-key';
import { verifyAudit } from './commands/verify-audit';
import { explain } from './explain';

const USAGE = `usage:
  migrate                                        bring the database to this version
  org create <name>                              make an organization and print its first admin token once
  bootstrap --organization <name> --token-file <path>
                                                 make the first organization unless it is there
  audit verify <name or id of an organization> [--checkpoint <token or file>]
                                                 tell whether its audit trail is complete and unchanged, by its id
                                                 also when the organization was deleted
  audit rotate-key                               sign audit trails with a new key from now on`;

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
    case 'audit':
      return audit(rest);
    default:
      return misused();
  }
}

async function audit([command, organization, option, checkpoint, ...rest]: readonly string[]): Promise<number> {
  if (command === 'rotate-key' && organization === undefined) return rotateAuditKey();
  if (command !== 'verify' || !organization || organization.startsWith('-') || rest.length > 0) return misused();
  if (option === undefined) return verifyAudit(organization, null);
  return option === '--checkpoint' && checkpoint ? verifyAudit(organization, checkpoint) : misused();
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
