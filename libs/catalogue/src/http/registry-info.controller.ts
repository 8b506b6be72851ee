import { Body, Controller, Get, Post } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Limited, Public } from '@portolan/access/http';
import { BUILD_INFO } from '@portolan/config';
import { validateServerJson } from '@portolan/mcp-spec';
import { body, JsonText } from './json-text';
import { parseServerBody } from './server-body';
import { VERSIONED_PATHS } from './sub-api-paths';

/** What a registry answers to anybody, alike whether it exists or not. */
@ApiExcludeController()
@Controller(VERSIONED_PATHS)
export class RegistryInfoController {
  @Get('health')
  @Public()
  @Limited(null)
  @JsonText()
  health(): Buffer {
    return body('{"status":"ok"}');
  }

  @Get('ping')
  @Public()
  @Limited(null)
  @JsonText()
  ping(): Buffer {
    return body('{"pong":true}');
  }

  @Get('version')
  @Public()
  @Limited(null)
  @JsonText()
  version(): Buffer {
    return body(JSON.stringify(BUILD_INFO));
  }

  @Post('validate')
  @Public()
  @JsonText()
  validate(@Body() raw: unknown): Buffer {
    return body(JSON.stringify(validateServerJson(parseServerBody(raw))));
  }
}
