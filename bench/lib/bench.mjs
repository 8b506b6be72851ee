import { each, clientOf, bearer } from './client.mjs';
import { manyVersions } from './many.mjs';
import { officialVersions } from './versions.mjs';

/**
 * @typedef {import('./load.mjs').Request} Request
 * @typedef {import('./versions.mjs').Version} Version
 * @typedef {import('./portolan.mjs').App} App
 *
 * @typedef {object} Place a registry, and who may read and write it
 * @property {string} orgId
 * @property {string} id
 * @property {string} base path of its API
 * @property {string} token
 *
 * @typedef {object} Sizes
 * @property {number} official versions of the registry that has the shape of the official one
 * @property {readonly number[]} growth versions of the registry that grows
 * @property {number} organizations
 * @property {number} shared versions that each of them has
 * @property {number} names asked for at random
 * @property {number} pages asked for once each
 * @property {number} publications the most for each measurement
 * @property {number} statements measured in the database
 * @property {number} seconds the longest that a load takes
 */

/** @type {Sizes} */
export const FULL = {
  official: 66_000,
  growth: [1_000, 10_000, 100_000, 1_000_000],
  organizations: 1_000,
  shared: 2_351,
  names: 20_000,
  pages: 24_000,
  publications: 12_000,
  statements: 1_000,
  seconds: 8,
};

/** @type {Sizes} */
export const QUICK = {
  official: 2_000,
  growth: [100, 1_000, 10_000],
  organizations: 20,
  shared: 200,
  names: 600,
  pages: 1_000,
  publications: 300,
  statements: 100,
  seconds: 1,
};

const FILLING_CONNECTIONS = 8;

/** What the scenarios measure with and upon. Data is made when a scenario wants it first. */
export class Bench {
  /** @type {Promise<{ place: Place, versions: Version[] }> | undefined} */
  #official;
  /** @type {Place | undefined} */
  #many;
  #manyCount = 0;

  /**
   * @param {object} parts
   * @param {Sizes} parts.sizes
   * @param {string | undefined} parts.snapshot
   * @param {import('./portolan.mjs').Portolan} parts.portolan
   * @param {App} parts.api the one that is measured, with its defaults but for the limits
   * @param {import('./meter.mjs').Meter} parts.meter
   * @param {import('pg').Client} parts.client the database's, as its superuser
   * @param {import('./fill.mjs').Filler} parts.filler
   * @param {(line: string) => void} parts.log
   */
  constructor({ sizes, snapshot, portolan, api, meter, client, filler, log }) {
    this.sizes = sizes;
    this.snapshot = snapshot;
    this.portolan = portolan;
    this.api = api;
    this.meter = meter;
    this.client = client;
    this.filler = filler;
    this.log = log;
    this.call = clientOf(api.url, portolan.adminToken);
    /** Data that was made, for the report. @type {Record<string, number>} */
    this.made = {};
  }

  /** A registry with the shape of the official one. */
  official() {
    this.#official ??= (async () => {
      const versions = await this.timed('generating versions', () => {
        return Promise.resolve(officialVersions(this.sizes.official, this.snapshot));
      });
      const place = await this.aRegistry('official');
      await this.timed(`writing ${versions.length} versions`, async () => {
        await this.filler.stageVersions(versions);
        await this.filler.publishStaged([{ orgId: place.orgId, id: place.id }]);
      });
      this.made.official = versions.length;
      return { place, versions };
    })();
    return this.#official;
  }

  /**
   * The registry that grows.
   * @param {number} [count] versions that it has at least; absent, all it will ever have
   */
  async many(count = this.sizes.growth.at(-1) ?? 0) {
    this.#many ??= await this.aRegistry('many');
    const place = this.#many;
    if (count > this.#manyCount) {
      await this.timed(`writing ${count - this.#manyCount} versions`, async () => {
        const { select, values } = manyVersions(this.#manyCount, count);
        await this.filler.stageSelect(select, values);
        await this.filler.publishStaged([{ orgId: place.orgId, id: place.id }]);
      });
      this.#manyCount = count;
      this.made.many = count;
    }
    return { place, count: this.#manyCount };
  }

  /**
   * Organizations with a registry each, all with the same versions.
   * @param {number} count
   * @param {readonly Version[]} versions
   * @returns {Promise<Place[]>}
   */
  async organizations(count, versions) {
    const operator = clientOf(this.api.url, this.portolan.operatorToken);
    const numbers = Array.from({ length: count }, (_, i) => i);
    const places = await this.timed(`creating ${count} organizations`, () =>
      each(numbers, FILLING_CONNECTIONS, async (number) => {
        const { admin_token: token } = await operator('POST', '/v0/organizations', { name: `bench-${number}` });
        return this.aRegistry('shared', token);
      }),
    );
    await this.timed(`writing ${count} x ${versions.length} versions`, async () => {
      await this.filler.stageVersions(versions);
      await this.filler.publishStaged(places.map(({ orgId, id }) => ({ orgId, id })));
    });
    this.made.organizations = count;
    this.made.shared = versions.length;
    return places;
  }

  /**
   * Creates a registry through the API.
   * @param {string} name
   * @param {string} [token]
   * @returns {Promise<Place>}
   */
  async aRegistry(name, token = this.portolan.adminToken) {
    const call = clientOf(this.api.url, token);
    const { id: orgId } = await call('GET', '/v0/organizations/me');
    const { id } = await call('POST', '/v0/registries', { name });
    return { orgId, id, base: `/registries/${name}/v0.1`, token };
  }

  /**
   * An API beside the measured one that remembers no pages.
   * @template T
   * @param {(api: App) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async withoutPages(work) {
    const api = await this.portolan.startApi({ PAGE_CACHE_MB: '0' });
    try {
      return await work(api);
    } finally {
      await api.stop();
    }
  }

  /**
   * @template T
   * @param {string} what
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  async timed(what, work) {
    const start = performance.now();
    const result = await work();
    this.log(`  ${what}: ${((performance.now() - start) / 1_000).toFixed(1)} s`);
    return result;
  }
}

/**
 * @param {Place} place
 * @param {string} path below its API
 * @param {Record<string, string>} [headers]
 * @returns {Request}
 */
export function read({ base, token }, path, headers = {}) {
  return { path: `${base}${path}`, headers: { ...bearer(token), ...headers } };
}

/**
 * @param {Place} place
 * @param {object} document
 * @returns {Request}
 */
export function publication({ base, token }, document) {
  const headers = { ...bearer(token), 'content-type': 'application/json' };
  return { method: 'POST', path: `${base}/publish`, headers, body: JSON.stringify(document) };
}
