import type { FastifyInstance } from 'fastify';
import findMyWay from 'find-my-way';

/** How URLs are taken apart, here and in the router that answers. */
export const ROUTER_OPTIONS = { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 5_000 };

type Router = findMyWay.Instance<findMyWay.HTTPVersion.V1>;

/** Knows which methods a path answers to, which Fastify does not tell once no route has matched. */
export class RouteTable {
  // A path with a slash at its end is the same to the router.
  private readonly paths = new Map<findMyWay.HTTPMethod, Set<string>>();
  private router: Router | null = null;

  /** Call before the routes are registered. */
  watch(fastify: FastifyInstance): void {
    fastify.addHook('onRoute', ({ method, url }) => {
      if (url.includes('*')) return;
      for (const one of [method].flat() as findMyWay.HTTPMethod[]) {
        const paths = this.paths.get(one) ?? new Set();
        this.paths.set(one, paths.add(url.replace(/(?<=.)\/+$/, '')));
      }
    });
  }

  /** Methods of the path of a URL, empty when there is no such path. */
  methodsOf(url: string): string[] {
    const path = url.split('?')[0] ?? '';
    const router = (this.router ??= this.build());
    return [...this.paths.keys()].filter((method) => router.find(method, path) !== null).sort();
  }

  // When it is asked for: to register all routes a second time takes a twentieth of a start.
  private build(): Router {
    const router = findMyWay(ROUTER_OPTIONS);
    for (const [method, paths] of this.paths) for (const path of paths) router.on(method, path, () => undefined);
    return router;
  }
}
