import { ServonautError, toolNameSchema, toolScope } from '@servonaut/contracts';
import type { Principal } from '../auth/index.ts';
import { isOwnTool } from './tools/own-tools.ts';

/**
 * Refuses a call of a tool that the user has not let the client use, over HTTP: an MCP client takes that for the sign to ask the user for more
 * (authorization of MCP, "Scope Challenge Handling"). A credential has nobody to ask, so its calls get an answer that its agent can read.
 * @throws ServonautError `insufficient_scope` that names all that the client needs, what it has included.
 */
export function checkToolScope({ kind, tools }: Principal, message: unknown): void {
  const tool = toolCalled(message);
  if (kind !== 'user' || tools === null || tool === undefined || tools.includes(tool)) return;
  throw new ServonautError('insufficient_scope', {
    message: `This needs the scope ${toolScope(tool)}.`,
    facts: { scope: [...tools, tool].map(toolScope).join(' ') },
  });
}

/** Undefined for what calls no tool, or one that needs no scope of its own. */
function toolCalled(message: unknown): string | undefined {
  const { method, params } = (message ?? {}) as { method?: unknown; params?: { name?: unknown } | null };
  if (method !== 'tools/call') return undefined;
  const tool = toolNameSchema.safeParse(params?.name).data;
  return tool !== undefined && isOwnTool(tool) ? undefined : tool;
}
