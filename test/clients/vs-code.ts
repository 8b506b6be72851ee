import { call, type Answer } from '../support/http';

/** What VS Code's gallery keeps of a server. */
export interface GalleryServer {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly status: string;
  readonly isLatest: boolean;
  readonly publishedAt: number;
  readonly readme: string | undefined;
}

export interface GalleryPage {
  readonly servers: readonly GalleryServer[];
  readonly nextCursor: string | undefined;
}

interface GitHubBlock {
  readonly name?: string;
  readonly nameWithOwner?: string;
  readonly readme?: string;
}

const PAGE_SIZE = 50;
const OFFICIAL = 'io.modelcontextprotocol.registry/official';
const PUBLISHER = 'io.modelcontextprotocol.registry/publisher-provided';

/**
 * The requests and the reading of VS Code's MCP gallery against a custom registry: no credential, URLs by plain
 * concatenation, a cursor that goes out unencoded with the search dropped, and one bad first item that costs the page.
 */
export class VsCodeGallery {
  private version: string | undefined;
  private readonly base: string;

  constructor(
    private readonly origin: string,
    base: string,
  ) {
    this.base = base.endsWith('/') ? base.slice(0, -1) : base;
  }

  /** Asked once per window: the first version of which a list of one answers 2xx. */
  async probe(): Promise<string> {
    if (this.version !== undefined) return this.version;
    for (const version of ['v0.1', 'v0']) {
      const { status } = await this.get(`${this.base}/${version}/servers?limit=1`);
      if (status >= 200 && status < 300) return (this.version = version);
    }
    return (this.version = 'v0.1');
  }

  async firstPage(text = '', pageSize = PAGE_SIZE): Promise<GalleryPage> {
    const trimmed = text.trim();
    const search = trimmed === '' ? '' : `&search=${encodeURIComponent(trimmed)}`;
    return this.page(`limit=${pageSize}&version=latest${search}`);
  }

  nextPage(cursor: string, pageSize = PAGE_SIZE): Promise<GalleryPage> {
    return this.page(`limit=${pageSize}&version=latest&cursor=${cursor}`);
  }

  /** Every page of a search, as the list view scrolls through them. */
  async all(text = '', pageSize = PAGE_SIZE): Promise<GalleryServer[]> {
    const found: GalleryServer[] = [];
    const seen = new Set<string>();
    let page = await this.firstPage(text, pageSize);
    for (;;) {
      found.push(...page.servers);
      if (page.nextCursor === undefined) return found;
      if (page.servers.length === 0) throw new Error('an empty page has a cursor');
      if (seen.has(page.nextCursor)) throw new Error('a cursor came twice');
      seen.add(page.nextCursor);
      page = await this.nextPage(page.nextCursor, pageSize);
    }
  }

  /** Undefined when the server is not in the registry; throws when that cannot be told. */
  async latest(name: string): Promise<GalleryServer | undefined> {
    const version = await this.probe();
    return this.one(`${this.base}/${version}/servers/${encodeURIComponent(name)}/versions/latest`);
  }

  /** The target of a `vscode:mcp/` link. */
  open(path: string): Promise<GalleryServer | undefined> {
    return this.one(path);
  }

  private async one(path: string): Promise<GalleryServer | undefined> {
    const answer = await this.get(path);
    if (answer.status >= 400 && answer.status < 500) return undefined;
    if (answer.status !== 200) throw new Error(`Server returned ${answer.status}`);
    const server = read(answer.json<unknown>());
    if (!server) throw new Error('not a server');
    return server;
  }

  private async page(query: string): Promise<GalleryPage> {
    const answer = await this.get(`${this.base}/${await this.probe()}/servers?${query}`);
    if (answer.status < 200 || answer.status > 299) throw new Error(`Server returned ${answer.status}`);
    const { servers, metadata } = answer.json<{ servers: unknown[]; metadata: { nextCursor?: string } }>();
    if (!Array.isArray(servers)) throw new Error('servers is not an array');
    const items = servers.map(read);
    if (items.length > 0 && items[0] === undefined) throw new Error('the first item is not a server');
    return { servers: items.filter((item) => item !== undefined), nextCursor: metadata.nextCursor };
  }

  private get(path: string): Promise<Answer> {
    return call(this.origin, 'GET', path, { headers: { origin: 'vscode-file://vscode-app' } });
  }
}

function read(item: unknown): GalleryServer | undefined {
  const { server, _meta } = item as { server?: Record<string, unknown>; _meta: Record<string, unknown> };
  // Destructured without a guard: an item without `_meta` throws and takes the page with it.
  const { [OFFICIAL]: own = {} } = _meta;
  const { status = 'active', isLatest = true, publishedAt = '' } = own as Record<string, unknown>;
  if (!server || !filled(server.name) || !filled(server.version) || !filled(server.description)) return undefined;
  const meta = (server._meta ?? {}) as Record<string, { github?: GitHubBlock } | undefined>;
  const github = meta[PUBLISHER]?.github;
  if (github?.name !== undefined) (github.nameWithOwner as string).split('/');
  return {
    name: server.name,
    version: server.version,
    description: server.description,
    status: String(status),
    isLatest: isLatest === true,
    publishedAt: Date.parse(String(publishedAt)),
    readme: github?.readme,
  };
}

function filled(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
