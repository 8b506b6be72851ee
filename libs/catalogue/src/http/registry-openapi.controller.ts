import { Controller, Get, Header, Req } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Limited, Public } from '@portolan/access/http';
import { subApiOpenApi } from '@portolan/mcp-spec';
import type { FastifyRequest } from 'fastify';
import { stringify } from 'yaml';
import { BASE_PATHS } from './sub-api-paths';

/** The description of a registry's MCP Registry API. */
@ApiExcludeController()
@Limited(null)
@Controller(BASE_PATHS)
export class RegistryOpenApiController {
  @Get('openapi.json')
  @Public()
  @Header('Content-Type', 'application/openapi+json')
  json(@Req() request: FastifyRequest): Buffer {
    return Buffer.from(JSON.stringify(subApiOpenApi(baseOf(request))));
  }

  @Get('openapi.yaml')
  @Public()
  @Header('Content-Type', 'application/openapi+yaml')
  yaml(@Req() request: FastifyRequest): Buffer {
    return Buffer.from(stringify(subApiOpenApi(baseOf(request)), { aliasDuplicateObjects: false }));
  }
}

const SECRET = /~|%(?:25)*7e|ptl_[a-z]{3}_/i;

// What was read at a capability URL may be passed on: its secret must not go with it, so the base is relative to it.
function baseOf(request: FastifyRequest): string {
  const base = (request.url.split('?')[0] ?? '').replace(/\/+openapi\.(json|yaml)\/*$/, '');
  return SECRET.test(base) ? '.' : base;
}
