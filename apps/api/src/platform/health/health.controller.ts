import { Controller, Get, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { PublicRoute } from '../access/route-access.ts';
import { HealthChecks, type Readiness } from './health-checks.ts';

@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(private readonly checks: HealthChecks) {}

  /** The process answers. A failing database is no reason to restart it. */
  @Get('live')
  @PublicRoute()
  live() {
    return { live: true };
  }

  /** The process can do its work; 503 when it cannot, so that a load balancer sends requests elsewhere. */
  @Get('ready')
  @PublicRoute()
  async ready(@Res({ passthrough: true }) response: Response): Promise<Readiness> {
    const readiness = await this.checks.readiness();
    response.status(readiness.ready ? 200 : 503);
    return readiness;
  }
}
