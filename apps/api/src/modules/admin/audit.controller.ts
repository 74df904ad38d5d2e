import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { Get, Query, Res } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { auditHeadsSchema, auditPageSchema } from '@servonaut/contracts';
import type { Response } from 'express';
import type { z } from 'zod';
import { pageOf } from '../../platform/http/page-cursor.ts';
import { TextAnswer, ZodAnswer, ZodPipe } from '../../platform/zod/zod-body.ts';
import { AuditExport, AuditQuery, HeadSigner, type AuditCursor } from '../audit/index.ts';
import { AdminController } from './admin-controller.ts';
import {
  auditCursor,
  auditExportSchema,
  auditHeadsCursor,
  auditHeadsQuerySchema,
  auditQuerySchema,
  presentRow,
  toFilter,
} from './audit-schemas.ts';

const CONTENT_TYPES = { jsonl: 'application/jsonl', csv: 'text/csv; charset=utf-8; header=present' } as const;

@AdminController('audit')
export class AuditController {
  constructor(
    private readonly query: AuditQuery,
    private readonly exporter: AuditExport,
    private readonly signer: HeadSigner,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List what was recorded, the latest first' })
  @ZodAnswer(200, auditPageSchema, 'A page of records, each with its hash.')
  async list(@Query(new ZodPipe(auditQuerySchema)) { cursor, limit, ...filter }: z.output<typeof auditQuerySchema>) {
    const before = cursor === undefined ? undefined : placeOf(cursor);
    const { page, last } = pageOf(await this.query.page(toFilter(filter), { before, limit: limit + 1 }), limit);
    const next_cursor = last ? auditCursor.write([last.at.toISOString(), last.chain, last.seq]) : null;
    return { entries: page.map(presentRow), next_cursor };
  }

  @Get('export')
  @ApiOperation({
    summary: 'Export what was recorded',
    description:
      'As JSON Lines, all of it or of one chain, this is what a verifier takes: each chain under its signed head. With any other filter, and as CSV, it is the records that match, the oldest first. An export that breaks off was cut by an error, which then is in the log.',
  })
  @TextAnswer(200, ['application/jsonl', 'text/csv'], 'The records, as a file.')
  async export(
    @Query(new ZodPipe(auditExportSchema)) { format, ...fields }: z.output<typeof auditExportSchema>,
    @Res() response: Response,
  ): Promise<void> {
    const filter = toFilter(fields);
    const { chain, ...narrowing } = filter;
    const isWhole = Object.values(narrowing).every((value) => value === undefined);
    const whole = (): AsyncGenerator<string, void> =>
      isWhole ? this.exporter.chains(chain) : this.exporter.lines(filter);
    const lines = format === 'csv' ? this.exporter.csv(filter) : whole();
    response.setHeader('Content-Type', CONTENT_TYPES[format]);
    response.setHeader('Content-Disposition', `attachment; filename="audit.${format}"`);
    await pipeline(Readable.from(lines, { objectMode: true, highWaterMark: BUFFERED_LINES }), response).catch(
      unlessGone,
    );
  }

  @Get('heads')
  @ApiOperation({ summary: 'List how far each chain goes, and the keys that sign it' })
  @ZodAnswer(200, auditHeadsSchema, 'A page of heads, by name of the chain.')
  async heads(@Query(new ZodPipe(auditHeadsQuerySchema)) { cursor, limit }: z.output<typeof auditHeadsQuerySchema>) {
    const after = cursor === undefined ? undefined : auditHeadsCursor.read(cursor);
    const { page, last } = pageOf(await this.query.heads({ after, limit: limit + 1 }), limit);
    return { heads: page, keys: this.signer.keys, next_cursor: last ? auditHeadsCursor.write(last.chain) : null };
  }
}

function placeOf(text: string): AuditCursor {
  const [at, chain, seq] = auditCursor.read(text);
  return { at: new Date(at), chain, seq };
}

/** Lines that wait for a slow reader, beyond one page of the database. */
const BUFFERED_LINES = 100;

/** Whoever stopped reading needs no answer. */
function unlessGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
}
