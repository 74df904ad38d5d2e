import { randomUUID } from 'node:crypto';
import type { Hook, Interfaces } from '@oclif/core';
import { commandResultSchema, ServonautError, WIRE_DEFAULTS } from '@servonaut/contracts';
import type { RunToolHookMeta } from '@servonaut/plugin-sdk';
import { splitTimeout } from '../relay/split-timeout.ts';
import type { ApprovalDesk } from '../approval/approval-desk.ts';
import { openExecutor } from '../services/executor.ts';
import { stopOnSignals } from '../services/stop-signal.ts';
import { passphraseAsker } from '../ui/ask-secret.ts';
import { attendAtTerminal, type ShowQuestion } from '../ui/approval-prompt.ts';
import { TerminalKeys, type OnKey } from '../ui/terminal-keys.ts';
import { openSession } from '../session/session.ts';

type RunToolHook = Hook<'servonaut:run-tool', { 'servonaut:run-tool': RunToolHookMeta } & Interfaces.Hooks>;

/** A tool that the operator calls by its command: the same pipeline as for agents, without the relay. */
export const runTool: RunToolHook = async function ({ request }) {
  const { timeoutSeconds = WIRE_DEFAULTS.timeoutSeconds, payload } = splitTimeout(request.input);
  const session = openSession(request.profile);
  const executor = await openExecutor(session, this.config.plugins.values(), (fault) => this.warn(fault));
  const ask = passphraseAsker();
  if (ask && request.server !== null) await executor.unlockKeys(ask, request.server);
  const leave = attendHere(executor.approvals);
  const stop = stopOnSignals(() => new ServonautError('request_cancelled'));
  try {
    const { tool, server } = request;
    const call = { requestId: randomUUID(), tool: tool.name, server, payload, principal: undefined, raw: true };
    const result = await executor.tools.run({ ...call, signal: stop, timeoutMs: timeoutSeconds * 1_000 });
    return commandResultSchema.parse(JSON.parse(executor.audit.recordEnd(call, result, JSON.stringify(result))));
  } finally {
    leave?.();
    executor.close();
  }
};

/** The keys are taken only while there is a question: until then they are the command's that was started beside it. */
function attendHere(desk: ApprovalDesk): (() => void) | undefined {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const write = (text: string): void => void process.stderr.write(`${text}\n`);
  const listen = (onKey: OnKey): (() => void) => {
    const keys = new TerminalKeys(process.stdin);
    keys.listen(onKey);
    return () => keys.close();
  };
  const show: ShowQuestion = (question) => question && write(`${question.text}${question.hint}`);
  return attendAtTerminal(desk, { keys: { listen }, show, warn: write });
}
