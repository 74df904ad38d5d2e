import { Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { ServonautError } from '@servonaut/contracts';
import { z } from 'zod';
import { ZodAnswer, ZodPipe } from '../../platform/zod/zod-body.ts';
import { AUDIT_DELIVERY, DeliveryStore, type AuditDelivery, type DeadLetter } from '../audit/index.ts';
import { AdminController } from './admin-controller.ts';

const MOST_LISTED = 200;

const idSchema = z.string().regex(/^\d{1,15}$/, 'expected a number');

const pageSchema = z.strictObject({
  after: idSchema.default('0'),
  limit: z.coerce.number().int().min(1).max(MOST_LISTED).default(MOST_LISTED),
});

const deadLettersSchema = z.object({
  dead_letters: z.array(
    z.object({
      id: z.string(),
      chain: z.string(),
      first_seq: z.int(),
      last_seq: z.int(),
      error: z.string(),
      at: z.iso.datetime(),
    }),
  ),
});

@AdminController('audit/dead-letters')
export class DeadLettersController {
  constructor(
    private readonly store: DeliveryStore,
    @Inject(AUDIT_DELIVERY) private readonly delivery: AuditDelivery | null,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'List what the webhook has not taken, the oldest first; the next page starts after the last id',
  })
  @ZodAnswer(200, deadLettersSchema, 'The dead letters.')
  async list(@Query(new ZodPipe(pageSchema)) { after, limit }: z.output<typeof pageSchema>) {
    return { dead_letters: (await this.store.deadLetters({ after: Number(after), limit })).map(presentLetter) };
  }

  @Post(':id/resend')
  @HttpCode(204)
  @ApiOperation({ summary: 'Send a dead letter once more, at once; it is gone when it was taken' })
  async resend(@Param('id', new ZodPipe(idSchema)) id: string) {
    if (!this.delivery)
      throw new ServonautError('conflict', {
        message: 'There is no webhook now.',
        nextStep: 'Set AUDIT_WEBHOOK_URL and AUDIT_WEBHOOK_SECRET.',
      });
    await this.delivery.resend(Number(id));
  }
}

function presentLetter({ id, chain, firstSeq, lastSeq, error, at }: DeadLetter) {
  return { id: String(id), chain, first_seq: firstSeq, last_seq: lastSeq, error, at: at.toISOString() };
}
