import { z } from 'zod';
import { toolNameSchema } from './identifiers.ts';

/** What the coordinator and its clients agree on beyond the RFCs. */

/** OAuth scopes (and scopes of credentials). `credentials` is for making and ending credentials of one's own. */
export const SCOPES = ['mcp:tools', 'relay:connect', 'credentials', 'admin'] as const;
export const scopeSchema = z.enum(SCOPES);
export type Scope = z.infer<typeof scopeSchema>;

/** The scope of one tool, which a client asks for that wants less than `mcp:tools`. */
export type ToolScope = `mcp:tools:${string}`;
/** What a client may ask for, and what a user consents to. */
export type RequestedScope = Scope | ToolScope;

const TOOL_SCOPE_PREFIX = 'mcp:tools:';

/** @throws ZodError when it is not the name of a tool. */
export function toolScope(tool: string): ToolScope {
  return `mcp:tools:${toolNameSchema.parse(tool)}`;
}

/** The name of the tool that a scope is for; undefined when it is not for one tool. */
export function toolOfScope(scope: string): string | undefined {
  if (!scope.startsWith(TOOL_SCOPE_PREFIX)) return undefined;
  return toolNameSchema.safeParse(scope.slice(TOOL_SCOPE_PREFIX.length)).data;
}

const TOOL_SCOPE = { error: 'expected mcp:tools: and the name of a tool' };

export const toolScopeSchema = z
  .templateLiteral([TOOL_SCOPE_PREFIX, toolNameSchema], TOOL_SCOPE)
  .refine((scope) => toolOfScope(scope) !== undefined, TOOL_SCOPE);

export const requestedScopeSchema = z.union([scopeSchema, toolScopeSchema]);

/** The client that the command line is; it needs no registration. */
export const OAUTH_CLI_CLIENT_ID = 'servonaut-cli';
