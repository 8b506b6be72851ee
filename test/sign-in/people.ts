import { hash } from '@node-rs/argon2';
import { v7 as uuidv7 } from 'uuid';
import type { Answer } from '../support/http';
import type { Organization, World } from '../support/world';

export const PASSWORD = 'correct horse battery staple';
export const SESSION_COOKIE = '__Host-portolan_session';

export interface Person {
  readonly id: string;
  readonly email: string;
}

export interface Session {
  readonly id: string;
  /** The value of the cookie. */
  readonly text: string;
  readonly csrf: string;
}

/** A user with a password, made past the API. */
export async function aPerson(
  world: World,
  organization: Organization,
  options: {
    readonly email?: string;
    /** Null: none. */
    readonly password?: string | null;
    readonly active?: boolean;
    readonly invited?: boolean;
  } = {},
): Promise<Person> {
  const { email = `${uuidv7()}@example.com`, password = PASSWORD, active = true, invited = false } = options;
  const id = uuidv7();
  await world.db.query(
    `insert into user_account (org_id, id, email, full_name, active, invited) values ($1, $2, $3, 'A Person', $4, $5)`,
    [organization.id, id, email, active, invited],
  );
  // Cheaper than the hashes of the API, which tells the cost from the hash itself.
  if (password !== null)
    await world.db.query(`insert into user_password (org_id, user_id, hash) values ($1, $2, $3)`, [
      organization.id,
      id,
      await hash(password.normalize('NFKC'), { memoryCost: 64, timeCost: 1, parallelism: 1 }),
    ]);
  return { id, email };
}

/** Gives an invited person an invite that nobody has accepted yet. */
export async function anInvite(world: World, organization: Organization, userId: string, state = ''): Promise<string> {
  const id = uuidv7();
  await world.db.query(
    `insert into invite (org_id, id, user_id, public_id, hash, expires_at, revoked_at)
     values ($1, $2, $3, $4, $5, now() + make_interval(days => $6), case when $7 then now() end)`,
    [
      organization.id,
      id,
      userId,
      id.replaceAll('-', '').slice(-12),
      Buffer.alloc(32),
      state === 'expired' ? -1 : 1,
      state === 'revoked',
    ],
  );
  return id;
}

export function logIn(
  world: World,
  organization: Organization,
  person: { readonly email: string },
  options: { readonly password?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Answer> {
  return world.call('POST', '/v0/login', {
    body: { login_path: organization.name, email: person.email, password: options.password ?? PASSWORD },
    ...(options.headers ? { headers: options.headers } : {}),
  });
}

/** A session of somebody who has signed in by password. */
export async function aSession(world: World, organization: Organization, person: Person): Promise<Session> {
  const answer = await logIn(world, organization, person);
  if (answer.status !== 200) throw new Error(answer.text);
  const { session_id: id, csrf_token: csrf } = answer.json<{ session_id: string; csrf_token: string }>();
  return { id, csrf, text: sessionCookieOf(answer) ?? '' };
}

/** The session cookie that an answer sets, or undefined; empty when it takes the cookie away. */
export function sessionCookieOf(answer: Answer): string | undefined {
  return answer.headers['set-cookie']
    ?.map((line) => new RegExp(`^${SESSION_COOKIE}=([^;]*)`).exec(line)?.[1])
    .find((value) => value !== undefined);
}

/** The headers of a page that holds this session. */
export function held({ text, csrf }: Session): Record<string, string> {
  return { cookie: `${SESSION_COOKIE}=${text}`, 'x-csrf-token': csrf };
}
