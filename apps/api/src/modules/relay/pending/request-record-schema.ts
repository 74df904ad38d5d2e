import {
  commandRequestSchema,
  commandResultSchema,
  errorCodeSchema,
  executorIdSchema,
  outcomeSchema,
  principalSchema,
  requestIdSchema,
  serverNameSchema,
  toolNameSchema,
  userIdSchema,
} from '@servonaut/contracts';
import { z } from 'zod';
import type { RequestRecord } from './request-record.ts';

const instant = z.number();

/** A record as it comes back from a disk, which may hold what an earlier release or a power cut has left. */
export const requestRecordSchema: z.ZodType<RequestRecord> = z.object({
  requestId: requestIdSchema,
  userId: userIdSchema,
  principal: principalSchema.pick({ kind: true, id: true }),
  // Records of an earlier release have none.
  delegation: z
    .object({ id: z.string(), callerId: userIdSchema, callerName: z.string(), ownerName: z.string() })
    .nullable()
    .default(null),
  executorId: executorIdSchema,
  executorHolding: z.object({ userId: userIdSchema, credentialId: z.string(), secretHash: z.string().nullable() }),
  tool: toolNameSchema,
  server: serverNameSchema.nullable(),
  node: z.string(),
  message: commandRequestSchema.nullable(),
  acknowledges: z.boolean(),
  createdAt: instant,
  publishedAt: instant.nullable(),
  // Nor this.
  approvalUntil: instant.nullable().default(null),
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
  ackBy: instant,
  resultWithinMs: z.number(),
  state: z.enum(['queued', 'published', 'awaiting_approval', 'started', 'finished']),
  outcome: outcomeSchema.nullable(),
  reason: errorCodeSchema.nullable(),
  result: commandResultSchema.nullable(),
  version: z.int(),
});
