import { Controller, Get } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Limited, Public } from '@portolan/access/http';
import { DatabaseHealth } from '@portolan/db';

/** Probes of the platform: `/livez` asks the process, `/readyz` the database too. */
@ApiExcludeController()
@Limited(null)
@Controller()
export class HealthController {
  constructor(private readonly database: DatabaseHealth) {}

  @Get('livez')
  @Public()
  live(): { status: string } {
    return { status: 'ok' };
  }

  @Get('readyz')
  @Public()
  async ready(): Promise<{ status: string }> {
    await this.database.check();
    return { status: 'ok' };
  }
}
