import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Limited } from '../limited.decorator';
import { Public } from '../public.decorator';
import { JOIN_HTML, JOIN_SCRIPT, JOIN_STYLE } from './join-page';

// The token is in the part of the address that browsers keep to themselves. Nothing from elsewhere may run beside it.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'none'";

/** The page behind the link of an invite. */
@ApiExcludeController()
@Public()
@Limited(null)
@Controller()
export class JoinController {
  @Get('join')
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', POLICY)
  @Header('Referrer-Policy', 'no-referrer')
  page(): string {
    return JOIN_HTML;
  }

  @Get('join.js')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  script(): string {
    return JOIN_SCRIPT;
  }

  @Get('join.css')
  @Header('Content-Type', 'text/css; charset=utf-8')
  style(): string {
    return JOIN_STYLE;
  }
}
