import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Requires } from '@portolan/access/http';
import { Metrics } from '@portolan/telemetry';
import type { FastifyReply } from 'fastify';

/** What Prometheus scrapes with the operator's token: the numbers are of all organizations together. */
@ApiExcludeController()
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @Requires('platform:operate')
  text(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    reply.headers({ 'Content-Type': this.metrics.contentType, 'Cache-Control': 'no-store' });
    return this.metrics.text();
  }
}
