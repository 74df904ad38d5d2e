import { setTimeout as delay } from 'node:timers/promises';
import { pipeline, type Readable, type Writable } from 'node:stream';
import { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import type { ExecutorManifest, ServerEntry } from '@servonaut/contracts';
import type { ApprovalDesk } from '../../approval/approval-desk.ts';
import { ownDeskPath } from '../../approval/desk-path.ts';
import type { CallAudit } from '../../local-audit/call-audit.ts';
import { RelayActivity } from '../../relay/relay-activity.ts';
import type { Report } from '../../relay/relay-event.ts';
import type { ToolRunner } from '../../relay/tool-runner.ts';
import type { Session } from '../../session/session.ts';
import { serveDesk } from '../approve-service.ts';
import { AgentTools } from './agent-tools.ts';
import { LocalCalls } from './local-calls.ts';
import { createMcpServer } from './mcp-server.ts';
import { MessageLines } from './message-lines.ts';

/** What calls are run with. */
export interface ServingExecutor {
  readonly tools: ToolRunner;
  readonly audit: CallAudit;
  readonly approvals: ApprovalDesk;
  manifest(): Promise<ExecutorManifest>;
  servers(): readonly ServerEntry[];
}

export interface ServeStdioOptions {
  readonly session: Session;
  readonly executor: ServingExecutor;
  /** By which the operator's rules know the agent. */
  readonly agentId: string;
  readonly version: string;
  readonly report: Report;
  /** What the agent's program writes, and reads. */
  readonly input: Readable;
  readonly output: Writable;
  /** Aborted to end. */
  readonly stop: AbortSignal;
}

/** Answers one agent over stdio, until the conversation ends or `stop`. What runs then is stopped, since nobody waits for it. */
export async function serveAgent(options: ServeStdioOptions): Promise<void> {
  const { session, executor, agentId, version, input, output, stop } = options;
  const { settings } = session;
  const activity = new RelayActivity();
  const report: Report = (event) => {
    activity.take(event);
    options.report(event);
  };
  const warn = (message: string): void => report({ event: 'warning', message });
  const { tools: runner, audit } = executor;
  const calls = new LocalCalls({ tools: runner, audit, maxRunning: settings.max_running.value, report });
  const tools = new AgentTools({
    calls,
    manifest: () => executor.manifest(),
    servers: () => executor.servers(),
    answerLength: settings.mcp_answer_length.value,
    serversPerCall: settings.mcp_servers_per_call.value,
    onFault: warn,
  });
  const path = ownDeskPath(session.paths.stateDir);
  const closeDesk = await serveDesk(session, executor.approvals, () => activity.current, warn, path);
  const lines = new MessageLines((refusal) => void output.write(`${JSON.stringify(refusal)}\n`));
  const transport = new StdioServerTransport(lines, output);
  const server = serveStdio(() => createMcpServer({ tools, agentId, version }), {
    transport,
    onerror: (error) => warn(error.message),
  });
  // Its end, and what breaks it, come to the transport through `lines`.
  pipeline(input, lines, () => undefined);
  try {
    await ended(transport, stop);
    await Promise.race([calls.stop(), delay(settings.grace_seconds.value * 1_000, undefined, { ref: false })]);
  } finally {
    closeDesk();
    await server.close();
  }
}

/** It closes itself where a pipe ends or breaks, or brings a message that is too long. */
function ended(transport: StdioServerTransport, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const { onclose } = transport;
    const end = (): void => {
      onclose?.();
      resolve();
    };
    Object.assign(transport, { onclose: end });
    if (stop.aborted) resolve();
    stop.addEventListener('abort', () => resolve(), { once: true });
  });
}
