import { call, type Answer } from '../support/http';

/** What the command line prints: its last line and whether it succeeded. */
export interface Outcome {
  readonly ok: boolean;
  readonly lines: readonly string[];
}

interface Issue {
  readonly severity: string;
  readonly path: string;
  readonly type: string;
  readonly message: string;
  readonly reference: string;
}

/** Go's url.PathEscape: what it leaves bare differs from encodeURIComponent in both directions. */
export function goPathEscape(text: string): string {
  const escaped = encodeURIComponent(text).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return escaped.replace(/%(24|26|2B|3A|3D|40)/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

/**
 * The requests of `mcp-publisher` after a login at `registry`: always /v0, the base kept by concatenation, and health
 * and validate without a credential. Only the official registry's exact statuses count as success.
 */
export class McpPublisher {
  private readonly base: string;

  constructor(
    private readonly origin: string,
    registry: string,
    private readonly token: string,
  ) {
    this.base = registry.replace(/\/+$/, '');
  }

  async health(): Promise<boolean> {
    return (await this.send('GET', '/v0/health')).status === 200;
  }

  async validate(document: unknown): Promise<Outcome> {
    const answer = await this.send('POST', '/v0/validate', document);
    if (answer.status !== 200) return failed(`validation failed: server returned status ${answer.status}`, answer);
    const { valid, issues } = answer.json<{ valid: boolean; issues: Issue[] }>();
    const lines = issues.map(
      ({ severity, path, type, message, reference }, index) =>
        `${index + 1}. [${severity}] ${path} (${type}) ${message} Reference: ${reference}`,
    );
    return { ok: valid, lines: [...lines, valid ? 'server.json is valid' : 'server.json is not valid'] };
  }

  async publish(document: unknown): Promise<Outcome> {
    const answer = await this.send('POST', '/v0/publish', document, this.token);
    if (answer.status === 200 || answer.status === 201) {
      const { server, _meta } = answer.json<{
        server: { name: string; version: string };
        _meta: Record<string, { publishedAt: string } | undefined>;
      }>();
      goTime(_meta['io.modelcontextprotocol.registry/official']?.publishedAt);
      return { ok: true, lines: [`Server ${server.name} version ${server.version}`] };
    }
    const explained = answer.status === 422 ? await this.validate(document) : null;
    if (explained && !explained.ok && explained.lines.length > 1) return explained;
    return failed(`publish failed: server returned status ${answer.status}`, answer);
  }

  /** `status --status S [--message M] NAME VERSION` */
  async setStatus(name: string, version: string, status: string, message = ''): Promise<Outcome> {
    const path = `/v0/servers/${goPathEscape(name)}/versions/${goPathEscape(version)}`;
    const current = await this.send('GET', `${path}?include_deleted=true`, undefined, this.token);
    if (current.status !== 200) return failed(`server returned status ${current.status}`, current);
    const { _meta } = current.json<{ _meta: Record<string, { status?: string } | undefined> }>();
    const before = _meta['io.modelcontextprotocol.registry/official']?.status;
    if (before === undefined) return { ok: false, lines: ['server response missing status information'] };
    const answer = await this.send('PATCH', `${path}/status`, change(status, message), this.token);
    if (answer.status !== 200) return failed(`server returned status ${answer.status}`, answer);
    return { ok: true, lines: [`Updating ${name} version ${version}: ${before} → ${status}`] };
  }

  /** `status --status S --all-versions -y NAME` */
  async setAllStatuses(name: string, status: string, message = ''): Promise<Outcome> {
    const path = `/v0/servers/${goPathEscape(name)}`;
    const current = await this.send('GET', `${path}/versions?include_deleted=true`, undefined, this.token);
    if (current.status !== 200) return failed(`server returned status ${current.status}`, current);
    const answer = await this.send('PATCH', `${path}/status`, change(status, message), this.token);
    if (answer.status !== 200) return failed(`server returned status ${answer.status}`, answer);
    const { updatedCount } = answer.json<{ updatedCount: number }>();
    return { ok: true, lines: [`Successfully updated ${updatedCount} version(s)`] };
  }

  private send(method: string, path: string, body?: unknown, token?: string): Promise<Answer> {
    return call(this.origin, method, `${this.base}${path}`, {
      ...(body === undefined ? {} : { body }),
      ...(token === undefined ? {} : { token }),
    });
  }
}

/** `--message ""` is no message. */
function change(status: string, message: string): object {
  return message === '' ? { status } : { status, statusMessage: message };
}

/** Problem bodies are printed as they are, never parsed. */
function failed(text: string, answer: Answer): Outcome {
  return { ok: false, lines: [`${text}: ${answer.text.trim()}`] };
}

/** Go's time.Time takes nothing but RFC 3339. */
function goTime(text: string | undefined): void {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text ?? ''))
    throw new Error(`parsing time "${text ?? ''}" as RFC 3339`);
}
