import type { FastifyInstance } from 'fastify';
import findMyWay from 'find-my-way';

const ANSWERED_EVERYWHERE = 'OPTIONS';

/** Knows which methods a path answers to, which Fastify does not tell once no route has matched. */
export class RouteTable {
  private readonly router = findMyWay({
    ignoreTrailingSlash: true,
    ignoreDuplicateSlashes: true,
    maxParamLength: 5_000,
  });
  private readonly methods = new Set<findMyWay.HTTPMethod>();

  /** Call before the routes are registered. */
  watch(fastify: FastifyInstance): void {
    fastify.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat() as findMyWay.HTTPMethod[]) {
        if (url.includes('*')) continue;
        this.methods.add(one);
        if (!this.router.hasRoute(one, url)) this.router.on(one, url, () => undefined);
      }
    });
  }

  /** Methods of the path of a URL, empty when there is no such path. */
  methodsOf(url: string): string[] {
    const path = url.split('?')[0] ?? '';
    const found = [...this.methods].filter((method) => this.router.find(method, path) !== null).sort();
    return found.length === 0 ? [] : [...found, ANSWERED_EVERYWHERE];
  }
}
