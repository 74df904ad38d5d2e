import { WIRE_LIMITS } from '@servonaut/contracts';
import { z } from 'zod';
import type { AnyTool } from '../define-tool.ts';
import { callTool } from '../testing/call-tool.ts';
import type { ToolContext } from '../tool-context.ts';
import type { ToolReturn } from '../tool-definition.ts';

/** A promise that a tool does not keep. */
export function broken(tool: AnyTool, what: string, cause?: unknown): Error {
  return new Error(`${tool.name} ${what}`, cause === undefined ? undefined : { cause });
}

export type Answer = ToolReturn<unknown>;

/** Stands where coordinator and relay stand: knows the manifest alone, and passes on nothing but JSON of bounded length. */
export class FakeCoordinator {
  readonly #tool: AnyTool;
  readonly #arguments: z.ZodType;
  readonly #data: z.ZodType | undefined;

  constructor(tool: AnyTool) {
    const { input_schema: input, data_schema: data } = tool.manifest;
    this.#tool = tool;
    this.#arguments = z.fromJSONSchema(input as Parameters<typeof z.fromJSONSchema>[0]);
    this.#data = data && z.fromJSONSchema(data as Parameters<typeof z.fromJSONSchema>[0]);
  }

  /** Whether an agent may send these arguments. */
  takes(input: object): boolean {
    return this.#arguments.safeParse(this.#asSent(input)).success;
  }

  /** @throws what the tool throws, and Error for an answer that would not arrive */
  async call(input: object, context: ToolContext): Promise<Answer> {
    const answer = (await callTool(this.#tool, overWire(input), context)) as Answer;
    for (const [part, value] of [
      ['output', answer.output ?? ''],
      ['data', answer.data ?? null],
    ] as const) {
      const { length } = JSON.stringify(value);
      if (length > WIRE_LIMITS.outputLength) throw broken(this.#tool, `answers ${length} characters as its ${part}`);
    }
    if (answer.data !== undefined && this.#data?.safeParse(overWire(answer.data)).success !== true)
      throw broken(this.#tool, 'answers data that its schema does not tell of');
    return answer;
  }

  #asSent(input: object): unknown {
    return overWire(this.#tool.target === 'server' ? { ...input, server: 'local' } : input);
  }
}

function overWire<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
