import { call, type Answer, type CallOptions } from '../support/http';

const REDIRECTS_MAX = 12;

export interface Visit extends Answer {
  readonly url: string;
}

/** Keeps cookies by origin and follows redirects, as a browser whose user types one URL. */
export class Browser {
  private readonly jars = new Map<string, Map<string, string>>();

  /** Follows redirects to the end, or until one would lead to a URL that `stop` names. */
  async visit(url: string, stop: (url: string) => boolean = () => false): Promise<Visit> {
    let next = url;
    for (let hops = 0; hops < REDIRECTS_MAX; hops += 1) {
      const answer = await this.send('GET', next);
      const { location } = answer.headers;
      if (location === undefined) return { ...answer, url: next };
      const target = new URL(location, next).href;
      if (stop(target)) return { ...answer, url: target };
      next = target;
    }
    throw new Error(`more than ${REDIRECTS_MAX} redirects from ${url}`);
  }

  async send(method: string, url: string, options: CallOptions = {}): Promise<Answer> {
    const { origin, pathname, search } = new URL(url);
    const jar = this.jars.get(origin) ?? new Map<string, string>();
    this.jars.set(origin, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...(cookie === '' ? {} : { cookie }), ...options.headers };
    const answer = await call(origin, method, pathname + search, { ...options, headers });
    for (const line of answer.headers['set-cookie'] ?? []) keep(jar, line);
    return answer;
  }

  cookie(origin: string, name: string): string | undefined {
    return this.jars.get(origin)?.get(name);
  }

  setCookie(origin: string, name: string, value: string): void {
    this.jars.set(origin, (this.jars.get(origin) ?? new Map<string, string>()).set(name, value));
  }
}

function keep(jar: Map<string, string>, line: string): void {
  const [pair = ''] = line.split(';');
  const name = pair.slice(0, pair.indexOf('='));
  const expires = /;\s*expires=([^;]+)/i.exec(line)?.[1];
  const ended = /;\s*max-age=0\b/i.test(line) || (expires !== undefined && Date.parse(expires) < Date.now());
  if (ended) jar.delete(name);
  else jar.set(name, pair.slice(name.length + 1));
}
