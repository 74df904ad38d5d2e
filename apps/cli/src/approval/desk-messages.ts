import type { Socket } from 'node:net';
import { z } from 'zod';
import { activitySchema } from '../relay/relay-activity.ts';
import { approvalAnswerSchema, shownApprovalSchema } from './shown-approval.ts';

/** What goes over the socket of a desk, a line of JSON each. */
export const toDeskSchema = z.discriminatedUnion('type', [
  /** From now on somebody looks. */
  z.object({ type: z.literal('attend') }),
  /** Answered with `activity`. */
  z.object({ type: z.literal('look') }),
  z.object({ type: z.literal('answer'), hash: z.string(), answer: approvalAnswerSchema }),
]);
export type ToDesk = z.infer<typeof toDeskSchema>;

export const fromDeskSchema = z.discriminatedUnion('type', [
  /** All that waits: at the beginning, and whenever it has changed. */
  z.object({ type: z.literal('waiting'), approvals: z.array(shownApprovalSchema) }),
  z.object({ type: z.literal('activity'), activity: activitySchema }),
  /** `error` says why nothing was done. */
  z.object({ type: z.literal('answered'), hash: z.string(), error: z.string().optional() }),
]);
export type FromDesk = z.infer<typeof fromDeskSchema>;

export function send(socket: Socket, message: ToDesk | FromDesk): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}

/** Both ends belong to one user and are of one version; what one cannot read ends the connection. */
export function onMessages<Message>(
  socket: Socket,
  schema: z.ZodType<Message>,
  take: (message: Message) => void,
): void {
  let rest = '';
  // Not by readline, for which U+2028 ends a line, too.
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const parsed = schema.safeParse(parseJson(line));
      if (!parsed.success) return void socket.destroy();
      take(parsed.data);
    }
  });
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
