import { z } from 'zod';
import { callerSchema } from '../policy/caller.ts';
import { COMMAND_CLASSES } from '../policy/shell/command-verdict.ts';

/** What an operator is shown of calls that wait for them, and answers as one: the same call, on one server or on several. */
export const shownApprovalSchema = z.object({
  /** Of exactly this, servers included. An answer names it. */
  hash: z.string(),
  /** Null when the operator themselves calls. */
  principal: callerSchema.nullable(),
  tool: z.string(),
  /** In the order in which they were asked for; empty for a tool that acts on the executor itself. */
  servers: z.array(z.string()),
  arguments: z.record(z.string(), z.unknown()),
  /** What the tool says that it would do. */
  preview: z.string().optional(),
  class: z.enum(COMMAND_CLASSES),
  rule: z.string(),
  /** Why it is asked. */
  message: z.string(),
  /** Each simple command that it would run, and what it names, as far as that was understood. */
  commands: z.array(
    z.object({
      text: z.string(),
      class: z.enum(COMMAND_CLASSES),
      reason: z.string(),
      writes: z.array(z.string()).readonly().optional(),
      names: z.array(z.string()).readonly().optional(),
    }),
  ),
  /** When the first of the calls gives up, in milliseconds since the epoch. */
  until: z.number(),
});
export type ShownApproval = z.infer<typeof shownApprovalSchema>;

/**
 * `once`: the calls that were shown, and no other. `remember`: those, and this exact call again for a while. `deny`: none of them. `pause`: none
 * of them, and the executor is paused.
 */
export const approvalAnswerSchema = z.enum(['once', 'remember', 'deny', 'pause']);
export type ApprovalAnswer = z.infer<typeof approvalAnswerSchema>;

/** Where an operator sees what waits, and answers: the desk itself, or another process that is connected to it. */
export interface ApprovalCounter {
  /** What waits, those that have waited longest first. */
  readonly waiting: readonly ShownApproval[];
  /** @returns ends it */
  onChange(listener: () => void): () => void;
  /** @throws ServonautError `approval_stale` when nothing waits that is exactly what was shown: it has expired, was answered, or has changed */
  answer(hash: string, answer: ApprovalAnswer): Promise<void>;
}
