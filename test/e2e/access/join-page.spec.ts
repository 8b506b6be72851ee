import { runInNewContext } from 'node:vm';
import { mintSecret } from '@portolan/access';
import { aWorld, type World } from '../../support/world';
import { connect } from '../../sign-in/sso';
import { startOidcProvider } from '../../support/oidc';
import { invite, PASSWORD } from './support/people';

describe('The page behind the link of an invite', () => {
  let world: World;

  beforeAll(async () => {
    world = await aWorld();
  });

  afterAll(() => world.close());

  it('is shown to everybody, framed by nobody, and tells nobody where it was called from', async () => {
    const { status, headers } = await world.call('GET', '/join');
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; " +
        "form-action 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
  });

  it('holds no script and no style of its own, only links to ours', async () => {
    const { text } = await world.call('GET', '/join');
    expect(text).not.toMatch(/<style|style=|\son\w+=|javascript:|https?:/);
    expect([...text.matchAll(/<script[^>]*>(.*?)<\/script>/gs)].map(([tag, inner]) => [tag, inner])).toEqual([
      ['<script src="/join.js" defer></script>', ''],
    ]);
    expect([...text.matchAll(/href="([^"]+)"/g)].map((match) => match[1])).toEqual(['/join.css', '/docs']);
  });

  it('says of each field what it is', async () => {
    const { text } = await world.call('GET', '/join');
    const fields = [...text.matchAll(/<input id="(\w+)"/g)].map((match) => match[1]);
    const labels = [...text.matchAll(/<label for="(\w+)"/g)].map((match) => match[1]);
    expect(fields).toEqual(['full_name', 'password']);
    expect(labels).toEqual(fields);
    expect(text).toMatch(/<html lang="en">/);
  });

  it.each([
    ['/join.js', 'text/javascript; charset=utf-8'],
    ['/join.css', 'text/css; charset=utf-8'],
  ])('takes %s from here', async (path, type) => {
    const answer = await world.call('GET', path);
    expect([answer.status, answer.headers['content-type'], answer.headers['x-content-type-options']]).toEqual([
      200,
      type,
      'nosniff',
    ]);
  });

  describe('with its script', () => {
    it('makes a user of whoever fills it in, and forgets the token', async () => {
      const sent = await invite(world, world.acme, 'ada@example.com');
      const page = await open(world, new URL(sent.invite_url).hash);
      expect([page.form.hidden, page.done.hidden]).toEqual([false, true]);
      page.full_name.value = ' Ada Lovelace ';
      page.password.value = PASSWORD;
      await page.submit();
      expect([page.form.hidden, page.done.hidden, page.email.textContent]).toEqual([true, false, 'ada@example.com']);
      expect(page.addresses).toEqual(['/join']);
      const user = await world.call('GET', `/v0/users/${sent.user_id}`, { token: world.acme.admin });
      expect(user.json()).toMatchObject({ active: true, full_name: 'Ada Lovelace' });
    });

    it('says what is wrong with the password, and lets one try again', async () => {
      const sent = await invite(world, world.acme, 'bob@example.com');
      const page = await open(world, new URL(sent.invite_url).hash);
      page.password.value = 'x'.repeat(12);
      await page.submit();
      expect(page.status.textContent).toBe('password must not be one character repeated');
      expect([page.form.hidden, page.button.disabled]).toEqual([false, false]);
      page.password.value = PASSWORD;
      await page.submit();
      expect(page.done.hidden).toBe(false);
    });

    it('says that the invitation is over', async () => {
      const page = await open(world, `#token=${mintSecret('inv').text}`);
      page.password.value = PASSWORD;
      await page.submit();
      expect(page.status.textContent).toBe('This invitation is used, revoked or older than 7 days');
    });

    it('leads to the identity provider of the organization, by the cookie of the browser', async () => {
      const provider = await startOidcProvider();
      try {
        await connect(world, world.acme, provider);
        const sent = await invite(world, world.acme, 'carol@example.com');
        const page = await open(world, new URL(sent.invite_url).hash);
        await page.signOn();
        expect(page.places).toEqual([expect.stringMatching(`^${provider.issuer}/auth\\?.*state=`)]);
        expect(page.requests).toEqual([
          ['/v0/invites/accept/oidc', expect.objectContaining({ referrerPolicy: 'same-origin' })],
        ]);
        expect(page.requests[0]?.[1].credentials).not.toBe('omit');
      } finally {
        await provider.close();
      }
    });

    it('says when the organization has no single sign-on, and leaves the password', async () => {
      const sent = await invite(world, world.globex, 'dan@example.com');
      const page = await open(world, new URL(sent.invite_url).hash);
      await page.signOn();
      expect(page.status.textContent).toBe('The organization does not allow this way to sign in');
      expect([page.places, page.form.hidden, page.sso.disabled, page.sso.hidden]).toEqual([[], false, false, true]);
      page.password.value = PASSWORD;
      await page.submit();
      expect(page.done.hidden).toBe(false);
    });

    it('asks nothing when the link is not complete', async () => {
      const page = await open(world, '');
      expect(page.form.hidden).toBe(true);
      expect(page.status.textContent).toMatch(/not complete/);
    });
  });
});

interface Element {
  value: string;
  textContent: string;
  hidden: boolean;
  disabled: boolean;
}

/** As much of a browser as the page's script asks for. */
async function open(world: World, hash: string) {
  const elements = new Map<string, Element & Record<string, unknown>>();
  const element = (id: string) => {
    const known = elements.get(id) ?? { value: '', textContent: '', hidden: true, disabled: false };
    elements.set(id, known);
    return known;
  };
  const addresses: string[] = [];
  const places: string[] = [];
  const requests: [string, RequestInit][] = [];
  let onSubmit: ((event: object) => Promise<void>) | undefined;
  let onSignOn: (() => Promise<void>) | undefined;
  element('form').addEventListener = (_event: string, listener: typeof onSubmit) => (onSubmit = listener);
  element('sso').addEventListener = (_event: string, listener: typeof onSignOn) => (onSignOn = listener);
  for (const id of ['join', 'sso']) element(id).hidden = false;
  element('done_title').focus = () => undefined;
  const { text } = await world.call('GET', '/join.js');
  runInNewContext(text, {
    URLSearchParams,
    document: { getElementById: element },
    location: { hash, pathname: '/join', assign: (place: string) => places.push(place) },
    history: { replaceState: (_state: null, _title: string, address: string) => addresses.push(address) },
    fetch: (path: string, options: RequestInit) => {
      requests.push([path, options]);
      return fetch(new URL(path, world.url), options);
    },
  });
  return {
    button: element('join'),
    done: element('done'),
    email: element('email'),
    form: element('form'),
    full_name: element('full_name'),
    password: element('password'),
    sso: element('sso'),
    status: element('status'),
    addresses,
    places,
    requests,
    submit: () => onSubmit?.({ preventDefault: () => undefined, target: element('form') }),
    signOn: () => onSignOn?.(),
  };
}
