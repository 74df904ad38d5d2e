import { randomUUID } from 'node:crypto';
import {
  commandResultSchema,
  inTurn,
  outcomeOf,
  type CommandResultInput,
  type ServonautError,
} from '@servonaut/contracts';
import type { ServerResult, WantedServers } from '@servonaut/plugin-sdk';
import type { CallAudit } from '../local-audit/call-audit.ts';
import type { ToolCall, ToolRunner } from '../relay/tool-runner.ts';

export interface ByHandParts {
  readonly tools: ToolRunner;
  readonly audit: Pick<CallAudit, 'recordEnd'>;
}

/** What the operator has asked for by a command. */
export type AskedByHand = Pick<ToolCall, 'tool' | 'payload' | 'signal' | 'timeoutMs' | 'onFurther'>;

/** Calls that the operator makes by hand: each takes all steps that one of an agent takes, and leaves the same record. */
export class CallsByHand {
  readonly #parts: ByHandParts;
  readonly #asked: AskedByHand;

  constructor(parts: ByHandParts, asked: AskedByHand) {
    this.#parts = parts;
    this.#asked = asked;
  }

  /** @param names of the servers that are wanted */
  async on(names: readonly string[], wanted: WantedServers): Promise<readonly ServerResult[]> {
    if (wanted.kind !== 'several') return [await this.#run(names[0] ?? null)];
    const told = (end: ServerResult): ServerResult => {
      wanted.onEnd(end);
      return end;
    };
    const { atOnce, stopsOnError } = wanted.pace;
    return inTurn(names, atOnce, {
      work: async (server) => told(await this.#run(server)),
      isLast: ({ result }) => this.#asked.signal.aborted || (stopsOnError && outcomeOf(result) !== 'succeeded'),
      notBegun: (server, why) => told(notBegun(server, why)),
    });
  }

  async #run(server: string | null): Promise<ServerResult> {
    const { tools, audit } = this.#parts;
    const call = { ...this.#asked, requestId: randomUUID(), server, principal: undefined, raw: true };
    const result = await tools.run(call);
    const recorded = audit.recordEnd(call, result, JSON.stringify(result));
    return { server, result: commandResultSchema.parse(JSON.parse(recorded)) };
  }
}

function notBegun(server: string, why: ServonautError): ServerResult {
  const refusal: CommandResultInput = {
    request_id: randomUUID(),
    status: 'rejected',
    error_code: why.code,
    error_message: why.message,
    output: '',
    execution_time_ms: 0,
  };
  return { server, result: commandResultSchema.parse(refusal), notBegun: why };
}
