import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { ZodAnswer } from '../zod/zod-body.ts';
import { PublicRoute } from '../access/route-access.ts';
import { HealthChecks, type Readiness } from './health-checks.ts';

const liveSchema = z.object({ live: z.literal(true) });

const readinessSchema = z.object({ ready: z.boolean(), checks: z.record(z.string(), z.enum(['up', 'down'])) });

@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(private readonly checks: HealthChecks) {}

  @Get('live')
  @PublicRoute()
  @ApiOperation({ summary: 'Whether the process answers; a failing database is no reason to restart it' })
  @ZodAnswer(200, liveSchema, 'It does.')
  live() {
    return { live: true };
  }

  @Get('ready')
  @PublicRoute()
  @ApiOperation({ summary: 'Whether the process can do its work; if not, a load balancer sends requests elsewhere' })
  @ZodAnswer(200, readinessSchema, 'It can.')
  @ZodAnswer(503, readinessSchema, 'It cannot, because of what is down.')
  async ready(@Res({ passthrough: true }) response: Response): Promise<Readiness> {
    const readiness = await this.checks.readiness();
    response.status(readiness.ready ? 200 : 503);
    return readiness;
  }
}
