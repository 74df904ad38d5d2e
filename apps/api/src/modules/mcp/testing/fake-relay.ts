import { ServonautError, type CommandResultInput, type ServerEntry, type ToolManifest } from '@servonaut/contracts';
import { aCommandResult, aToolManifest } from '@servonaut/testkit';
import { v7 as uuid } from 'uuid';
import { Relay, type RelayCall, type RequestView } from '../../relay/index.ts';

/** A finished view. What the test gives wins. */
export function aView(given: Partial<RequestView> = {}, result: Partial<CommandResultInput> = {}): RequestView {
  const requestId = given.requestId ?? uuid();
  return {
    requestId,
    userId: '42',
    principal: { kind: 'credential', id: 'cred-1' },
    tool: 'run_command',
    server: 'web-1',
    state: 'finished',
    outcome: 'succeeded',
    result: aCommandResult({ request_id: requestId, execution_time_ms: 12, ...result }),
    createdAt: '2026-01-02T03:04:05.000Z',
    startedAt: '2026-01-02T03:04:05.001Z',
    finishedAt: '2026-01-02T03:04:05.013Z',
    ...given,
  };
}

/** The tools of the fake executor: one like ours, and one without a server. */
export const TOOLS: readonly ToolManifest[] = [
  aToolManifest({
    input_schema: {
      type: 'object',
      properties: {
        server: { type: 'string', minLength: 1, maxLength: 128 },
        command: { type: 'string', minLength: 1, maxLength: 65_536 },
        timeout_seconds: { type: 'integer', minimum: 1, maximum: 3_600 },
      },
      required: ['server', 'command'],
      additionalProperties: false,
    },
  }),
  aToolManifest({
    name: 'list_servers',
    title: 'List servers',
    target: 'executor',
    effect: 'read-only',
    idempotent: true,
    input_schema: { type: 'object', properties: {}, additionalProperties: false },
  }),
];

/** A relay without an executor behind it: the test says how a call ends. */
export class FakeRelay extends Relay {
  readonly calls: RelayCall[] = [];
  readonly requests = new Map<string, RequestView>();
  tools: readonly ToolManifest[] = TOOLS;
  servers: readonly ServerEntry[] = [];
  respond: (call: RelayCall) => RequestView | Promise<RequestView> = ({ tool, server }) => aView({ tool, server });

  async dispatch(call: RelayCall): Promise<RequestView> {
    this.calls.push(call);
    return this.respond(call);
  }

  async getRequest(userId: string, requestId: string): Promise<RequestView> {
    const view = this.requests.get(requestId);
    if (view?.userId === userId) return view;
    throw new ServonautError('request_unknown');
  }

  async connectedTools(_userId: string): Promise<readonly ToolManifest[]> {
    return this.tools;
  }

  async connectedServers(_userId: string): Promise<readonly ServerEntry[]> {
    return this.servers;
  }
}
