import type { z } from 'zod';
import type { Tool } from '../define-tool.ts';
import type { ToolReturn } from '../tool-definition.ts';
import type { ToolContext } from '../tool-context.ts';

/**
 * Calls a tool as the executor does: the arguments are validated first, the structured answer afterwards.
 * @throws ZodError when the arguments, or the tool's own answer, are not what its schemas say
 */
export async function callTool<Input extends z.ZodObject, Data extends z.ZodObject>(
  tool: Tool<Input, Data>,
  input: z.input<Input>,
  context: ToolContext,
): Promise<ToolReturn<z.output<Data>>> {
  const answer = await tool.run(tool.input.parse(input), context);
  return answer.data === undefined || !tool.data ? answer : { ...answer, data: tool.data.parse(answer.data) };
}
