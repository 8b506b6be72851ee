import { built } from './versions.mjs';

/**
 * Path of the page that follows a version.
 * @param {string} registryId
 * @param {{ name: string, version: string }} after
 * @param {number} [limit]
 * @returns {string}
 */
export function pageAfter(registryId, { name, version }, limit) {
  const { encodeCursor } = built('catalogue/src/versions/cursor.js');
  const filters = { search: null, version: null, updatedSince: null, includeDeleted: null };
  const cursor = encodeCursor(registryId, { name, version, filters });
  return `/servers?${limit === undefined ? '' : `limit=${limit}&`}cursor=${encodeURIComponent(cursor)}`;
}

/** @param {string} name */
export function latestOf(name) {
  return `/servers/${encodeURIComponent(name)}/versions/latest`;
}

/** @param {string} text */
export function searchFor(text) {
  return `/servers?search=${encodeURIComponent(text)}`;
}
