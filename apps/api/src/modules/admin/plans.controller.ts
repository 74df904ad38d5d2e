import { Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import {
  changePlanSchema,
  newPlanSchema,
  planIdSchema,
  planSchema,
  plansSchema,
  type ChangePlanBody,
  type NewPlanBody,
  type PlanBody,
} from '@servonaut/contracts';
import { z } from 'zod';
import { IfMatch } from '../../platform/http/if-match.ts';
import { PageCursor, pageFields, pageOf } from '../../platform/http/page-cursor.ts';
import { ZodAnswer, ZodBody, ZodPipe } from '../../platform/zod/zod-body.ts';
import { PlanService, type Plan } from '../auth/index.ts';
import { AdminController } from './admin-controller.ts';

const querySchema = z.strictObject(pageFields);
const FROM_THE_FIRST = '';

const cursor = new PageCursor(planIdSchema);

@AdminController('plans')
export class PlansController {
  constructor(private readonly plans: PlanService) {}

  @Post()
  @ApiOperation({ summary: 'Make a plan' })
  @ZodAnswer(201, planSchema, 'The plan.')
  async create(@ZodBody(newPlanSchema) { id, rules }: NewPlanBody) {
    return presentPlan(await this.plans.create(id, rules));
  }

  @Get()
  @ApiOperation({ summary: 'List plans, by ascending id' })
  @ZodAnswer(200, plansSchema, 'A page of plans.')
  async list(@Query(new ZodPipe(querySchema)) { cursor: text, limit }: z.output<typeof querySchema>) {
    const after = text === undefined ? FROM_THE_FIRST : cursor.read(text);
    const { page, last } = pageOf(await this.plans.list({ after, limit: limit + 1 }), limit);
    return { plans: page.map(presentPlan), next_cursor: last ? cursor.write(last.id) : null };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Read a plan' })
  @ZodAnswer(200, planSchema, 'The plan.')
  async get(@Param('id', new ZodPipe(planIdSchema)) id: string) {
    return presentPlan(await this.plans.get(id));
  }

  @Patch(':id')
  @ApiOperation({
    summary: 'Give a plan other rules, in place of all that it has',
    description: 'They hold for all who have the plan from their next call on.',
  })
  @ZodAnswer(200, planSchema, 'The plan.')
  async change(
    @Param('id', new ZodPipe(planIdSchema)) id: string,
    @ZodBody(changePlanSchema) { rules }: ChangePlanBody,
    @IfMatch() version: number | undefined,
  ) {
    return presentPlan(await this.plans.change(id, rules, version));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a plan that nobody has' })
  async remove(@Param('id', new ZodPipe(planIdSchema)) id: string, @IfMatch() version: number | undefined) {
    await this.plans.remove(id, version);
  }
}

function presentPlan({ id, rules, version, createdAt, updatedAt }: Plan): PlanBody {
  return { id, rules, version, created_at: createdAt.toISOString(), updated_at: updatedAt.toISOString() };
}
