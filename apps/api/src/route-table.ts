import type { FastifyInstance } from 'fastify';
import findMyWay from 'find-my-way';

/** How URLs are taken apart, here and in the router that answers. */
export const ROUTER_OPTIONS = { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 5_000 };

/** Knows which methods a path answers to, which Fastify does not tell once no route has matched. */
export class RouteTable {
  private readonly router = findMyWay(ROUTER_OPTIONS);
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
    return [...this.methods].filter((method) => this.router.find(method, path) !== null).sort();
  }
}
