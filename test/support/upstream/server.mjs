import { once } from 'node:events';
import { createServer } from 'node:http';
import { generate, snapshots } from '../upstream-rows.mjs';
import { Faults, LOGIN_PAGE } from './faults.mjs';
import { List } from './list.mjs';
import { noRoute, problem, versionsReply } from './reads.mjs';
import { Store } from './store.mjs';

/**
 * @typedef {import('node:http').IncomingMessage} Incoming
 * @typedef {import('node:http').ServerResponse} Outgoing
 * @typedef {import('./reads.mjs').Reply} Reply
 * @typedef {import('./row.mjs').Row} Row
 */

const ROUTE = /^\/v0(?:\.1)?\/servers(?:\/([^/]+)\/versions(?:\/([^/]+))?)?$/;

/**
 * A registry that answers as the official one does, unless it is told to do otherwise.
 * @param {{ port?: number, prefix?: string }} [options]
 */
export async function startUpstream({ port = 0, prefix = '' } = {}) {
  const store = new Store();
  const faults = new Faults();
  const list = new List(faults, rows);
  /** @type {{ method: string, path: string, query: string, headers: Incoming['headers'], at: string }[]} */
  const requests = [];
  /** @type {Map<string, string>} values by headers that each request has to carry */
  const credentials = new Map();
  /** @type {{ of: string, rows: readonly Row[] }} */
  let seen = { of: '', rows: [] };

  const calls = {
    load: store.load.bind(store),
    loadFile: store.loadFile.bind(store),
    clone: store.clone.bind(store),
    generate: (/** @type {Parameters<typeof generate>[1]} */ options) => {
      generate(store, options);
    },
    snapshots,
    publish: store.publish.bind(store),
    setStatus: store.setStatus.bind(store),
    replaceContent: store.replaceContent.bind(store),
    remove: store.remove.bind(store),
    touch: store.touch.bind(store),
    now: store.now.bind(store),
    entries: store.entries.bind(store),
    count: () => store.rows.length,
    requests: () => requests,
    clearRequests: () => {
      requests.length = 0;
    },
    credentials: (/** @type {string} */ header, /** @type {string | null} */ value) => {
      if (value === null) credentials.delete(header.toLowerCase());
      else credentials.set(header.toLowerCase(), value);
    },
    fault: (/** @type {import('./faults.mjs').FaultName | null} */ name, /** @type {{} | null} */ options = {}) => {
      faults.set(name, options);
    },
    held: () => list.held,
    resume: () => {
      faults.set('pause_at_page', null);
      list.resume();
    },
    clear: () => {
      faults.set(null, null);
      list.resume();
      credentials.clear();
      store.now(null);
      requests.length = 0;
    },
  };

  /** As the faults let them be seen. */
  function rows() {
    const of = `${store.revision} ${faults.revision}`;
    if (seen.of !== of) seen = { of, rows: faults.view(store) };
    return seen.rows;
  }

  /**
   * @param {Incoming} request
   * @param {Outgoing} response
   * @returns {Promise<Reply | null>}
   */
  async function answer({ method = '', url: target = '', headers }, response) {
    const [path = '', query = ''] = target.split(/\?(.*)/s);
    requests.push({ method, path, query, headers, at: new Date().toISOString() });
    if (path === '/login') return { status: 200, type: 'text/html', text: LOGIN_PAGE };
    for (const [header, value] of credentials) if (headers[header] !== value) return problem(401, 'Unauthorized');
    const match = path.startsWith(prefix) ? ROUTE.exec(path.slice(prefix.length)) : null;
    if (match === null || !['GET', 'HEAD'].includes(method)) return noRoute(path);
    const [, name, version] = match;
    if (name === undefined) return list.answer(response, query);
    const decoded = [name, version].map((part) => (part === undefined ? null : decodedTwice(part)));
    if (decoded[0] === undefined) return problem(400, 'Invalid server name encoding');
    if (decoded[1] === undefined) return problem(400, 'Invalid version encoding');
    return versionsReply(rows(), decoded[0] ?? '', decoded[1], query);
  }

  /**
   * `{"call": "publish", "with": [...]}`.
   * @param {Incoming} request
   * @returns {Promise<Reply>}
   */
  async function control(request) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const type = 'application/json';
    try {
      const { call, with: values = [] } = JSON.parse(Buffer.concat(chunks).toString());
      if (!Object.hasOwn(calls, call)) throw new Error(`no such call: ${Object.keys(calls).join(', ')}`);
      const result = /** @type {Record<string, Function>} */ (calls)[call]?.(...values);
      return { status: 200, type, text: JSON.stringify({ result: result ?? null }) };
    } catch (error) {
      return { status: 400, type, text: JSON.stringify({ error: String(error) }) };
    }
  }

  const server = createServer((request, response) => {
    const reply = request.url === '/__control' ? control(request) : answer(request, response);
    reply
      .then((one) => {
        if (one !== null) send(response, one);
      })
      .catch((/** @type {unknown} */ error) => {
        send(response, { status: 500, type: 'text/plain', text: String(error) });
      });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: given } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${given}${prefix}`,
    calls,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/**
 * @param {Outgoing} response
 * @param {Reply} reply
 */
function send(response, { status, type, text, headers }) {
  const body = Buffer.from(text);
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': body.length, Vary: 'Origin', ...headers });
  response.end(body);
}

/** @param {string} part */
function decodedTwice(part) {
  try {
    return decodeURIComponent(decodeURIComponent(part));
  } catch {
    return undefined;
  }
}
