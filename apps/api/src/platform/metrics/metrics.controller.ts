import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { Registry } from 'prom-client';
import { OpenLocally, RequireScope } from '../access/route-access.ts';
import { METRICS } from './metrics.provider.ts';

@Controller('metrics')
export class MetricsController {
  constructor(@Inject(METRICS) private readonly registry: Registry) {}

  /** Prometheus text format. */
  @Get()
  @RequireScope('admin')
  @OpenLocally()
  async metrics(@Res() response: Response): Promise<void> {
    response.setHeader('Content-Type', this.registry.contentType).end(await this.registry.metrics());
  }
}
