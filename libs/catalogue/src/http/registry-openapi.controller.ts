import { Controller, Get, Header, Req } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public } from '@portolan/access/http';
import { subApiOpenApi } from '@portolan/mcp-spec';
import type { FastifyRequest } from 'fastify';
import { stringify } from 'yaml';
import { BASE_PATHS } from './sub-api-paths';

/** The description of a registry's MCP Registry API. */
@ApiExcludeController()
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

function baseOf(request: FastifyRequest): string {
  return (request.url.split('?')[0] ?? '').replace(/\/+openapi\.(json|yaml)\/*$/, '');
}
