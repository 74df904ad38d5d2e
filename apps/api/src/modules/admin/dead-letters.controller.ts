import { Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { deadLettersSchema, ServonautError, type DeadLetterBody } from '@servonaut/contracts';
import { z } from 'zod';
import { PageCursor, pageFields, pageOf } from '../../platform/http/page-cursor.ts';
import { ZodAnswer, ZodPipe } from '../../platform/zod/zod-body.ts';
import { AUDIT_DELIVERY, DeliveryStore, type AuditDelivery, type DeadLetter } from '../audit/index.ts';
import { AdminController } from './admin-controller.ts';

const idSchema = z.string().regex(/^\d{1,15}$/, 'expected a number');

const querySchema = z.strictObject(pageFields);

const lettersCursor = new PageCursor(z.int().min(0));

@AdminController('audit/dead-letters')
export class DeadLettersController {
  constructor(
    private readonly store: DeliveryStore,
    @Inject(AUDIT_DELIVERY) private readonly delivery: AuditDelivery | null,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List what the webhook has not taken, the oldest first' })
  @ZodAnswer(200, deadLettersSchema, 'A page of dead letters.')
  async list(@Query(new ZodPipe(querySchema)) { cursor, limit }: z.output<typeof querySchema>) {
    const after = cursor === undefined ? 0 : lettersCursor.read(cursor);
    const { page, last } = pageOf(await this.store.deadLetters({ after, limit: limit + 1 }), limit);
    return { dead_letters: page.map(presentLetter), next_cursor: last ? lettersCursor.write(last.id) : null };
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

function presentLetter({ id, chain, firstSeq, lastSeq, error, at }: DeadLetter): DeadLetterBody {
  return { id: String(id), chain, first_seq: firstSeq, last_seq: lastSeq, error, at: at.toISOString() };
}
