import { Injectable } from '@nestjs/common';
import type { Ctx } from '@portolan/kernel';
import { serverListText, serverResponseText, versionsListText } from '@portolan/mcp-spec';
import type { FastifyRequest } from 'fastify';
import { GetVersion } from '../../versions/get-version.query';
import { ListServers, type ServersRequest } from '../../versions/list-servers.query';
import { ListVersions } from '../../versions/list-versions.query';
import {
  includeDeletedOf,
  serverNameOf,
  serversRequest,
  versionOf,
  type QueryString,
  type ServerParams,
} from '../sub-api-params';

/** The reads whose answers are remembered. */
export type ReadKind = 'servers' | 'versions' | 'version' | 'latest';

/** What a read asks of a registry. */
export interface Question {
  /** What its answer is remembered by inside the registry: what was asked for, however it was written. */
  readonly key: string;
  /**
   * Reads the text of the answer; null where that is too long for one text.
   *
   * @throws AppError server_not_found
   */
  readonly load: (ctx: Ctx) => Promise<string | null>;
}

/** All versions of which server. */
export interface VersionsOf {
  readonly registryId: string;
  readonly name: string;
  readonly includeDeleted: boolean;
}

/** Takes the question out of a request. */
@Injectable()
export class Questions {
  constructor(
    private readonly listServers: ListServers,
    private readonly listVersions: ListVersions,
    private readonly getVersion: GetVersion,
  ) {}

  /** @throws AppError for a request that is not well formed */
  of(kind: ReadKind, registryId: string, request: FastifyRequest): Question {
    const params = request.params as ServerParams;
    const query = request.query as QueryString;
    switch (kind) {
      case 'servers':
        return this.servers(serversRequest(registryId, query));
      case 'versions':
        return this.versions(versionsOf(registryId, params, query));
      case 'version':
        return this.version(registryId, serverNameOf(params), versionOf(params), includeDeletedOf(query));
      case 'latest':
        return this.version(registryId, serverNameOf(params), 'latest', false);
    }
  }

  private servers(asked: ServersRequest): Question {
    const { limit, filters, after } = asked;
    const { search, version, updatedSince, includeDeleted } = filters;
    return {
      key: JSON.stringify(['s', limit, search, version, updatedSince, includeDeleted, after?.name, after?.version]),
      load: async (ctx) => {
        const { rows, nextCursor } = await this.listServers.run(ctx, asked);
        return serverListText(rows, nextCursor);
      },
    };
  }

  private versions(asked: VersionsOf): Question {
    return {
      key: JSON.stringify(['n', asked.name, asked.includeDeleted]),
      load: async (ctx) => {
        const { rows, more } = await this.listVersions.run(ctx, asked, null);
        return more ? null : versionsListText(rows);
      },
    };
  }

  private version(registryId: string, name: string, version: string, includeDeleted: boolean): Question {
    return {
      key: JSON.stringify(['v', name, version, includeDeleted]),
      load: async (ctx) =>
        serverResponseText(await this.getVersion.run(ctx, registryId, name, version, includeDeleted)),
    };
  }
}

/** @throws AppError malformed_path, validation_failed */
export function versionsOf(registryId: string, params: ServerParams, query: QueryString): VersionsOf {
  return { registryId, name: serverNameOf(params), includeDeleted: includeDeletedOf(query) };
}
