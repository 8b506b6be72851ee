import type { FastifyRequest } from 'fastify';
import type { ServersRequest } from '../../versions/list-servers.query';
import {
  includeDeletedOf,
  serverNameOf,
  serversRequest,
  versionOf,
  type QueryString,
  type ServerParams,
} from '../sub-api-params';

/** The reads that are remembered. */
export type ReadKind = 'servers' | 'versions' | 'version' | 'latest';

/** What a page is remembered by inside its registry: what was asked for, however it was written. */
export function keyOfServers({ limit, filters, after }: ServersRequest): string {
  const { search, version, updatedSince, includeDeleted } = filters;
  return JSON.stringify(['s', limit, search, version, updatedSince, includeDeleted, after?.name, after?.version]);
}

export function keyOfVersions(name: string, includeDeleted: boolean): string {
  return JSON.stringify(['n', name, includeDeleted]);
}

export function keyOfVersion(name: string, version: string, includeDeleted: boolean): string {
  return JSON.stringify(['v', name, version, includeDeleted]);
}

/**
 * The key of the read that a request is.
 *
 * @throws AppError where the read itself would throw it
 */
export function keyOfRequest(kind: ReadKind, registryId: string, request: FastifyRequest): string {
  const params = request.params as ServerParams;
  const query = request.query as QueryString;
  switch (kind) {
    case 'servers':
      return keyOfServers(serversRequest(registryId, query));
    case 'versions':
      return keyOfVersions(serverNameOf(params), includeDeletedOf(query));
    case 'version':
      return keyOfVersion(serverNameOf(params), versionOf(params), includeDeletedOf(query));
    case 'latest':
      return keyOfVersion(serverNameOf(params), 'latest', false);
  }
}
