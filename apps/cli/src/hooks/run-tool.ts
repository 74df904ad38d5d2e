import type { Hook, Interfaces } from '@oclif/core';
import { ServonautError, WIRE_DEFAULTS } from '@servonaut/contracts';
import type { RunToolHookMeta, RunToolRequest, WantedServers } from '@servonaut/plugin-sdk';
import { splitTimeout } from '../relay/split-timeout.ts';
import type { ApprovalDesk } from '../approval/approval-desk.ts';
import { CallsByHand } from '../services/calls-by-hand.ts';
import { openExecutor, type OpenExecutor } from '../services/executor.ts';
import { stopOnSignals } from '../services/stop-signal.ts';
import { passphraseAsker } from '../ui/ask-secret.ts';
import { attendAtTerminal, type ShowQuestion } from '../ui/approval-prompt.ts';
import { ProgressBar } from '../ui/progress-bar.ts';
import { TerminalKeys, type OnKey } from '../ui/terminal-keys.ts';
import { openSession } from '../session/session.ts';

type RunToolHook = Hook<'servonaut:run-tool', { 'servonaut:run-tool': RunToolHookMeta } & Interfaces.Hooks>;

/** A tool that the operator calls by its command: the same pipeline as for agents, once for each server, without the relay. */
export const runTool: RunToolHook = async function ({ request }) {
  const { timeoutSeconds = WIRE_DEFAULTS.timeoutSeconds, payload } = splitTimeout(request.input);
  const session = openSession(request.profile);
  const bar = barFor(request);
  const executor = await openExecutor(session, this.config.plugins.values(), (fault) => {
    bar?.clear();
    this.warn(fault);
  });
  let leave: (() => void) | undefined;
  try {
    const names = namesOf(request.servers, executor);
    const ask = passphraseAsker();
    if (ask && names.length > 0) await executor.unlockKeys(ask, names);
    leave = attendHere(executor.approvals);
    const signal = stopOnSignals(() => new ServonautError('request_cancelled'));
    const calls = new CallsByHand(executor, {
      tool: request.tool.name,
      payload,
      signal,
      timeoutMs: timeoutSeconds * 1_000,
      ...(bar && { onFurther: bar.show }),
    });
    return await calls.on(names, request.servers);
  } finally {
    bar?.end();
    leave?.();
    executor.close();
  }
};

/** Of several servers at once no single line could tell. */
function barFor({ showsProgress, servers }: RunToolRequest): ProgressBar | undefined {
  if (!showsProgress || servers.kind === 'several' || !process.stderr.isTTY) return undefined;
  const bar = new ProgressBar(process.stderr);
  // A second signal ends the process on the spot.
  process.once('exit', () => bar.end());
  return bar;
}

function namesOf(servers: WantedServers, executor: OpenExecutor): readonly string[] {
  if (servers.kind !== 'several') return servers.kind === 'one' ? [servers.name] : [];
  const names = executor.choose(servers.terms);
  if (names.length > 0) return names;
  throw new ServonautError('unknown_server', { message: `No server is left of ${servers.terms.join(', ')}.` });
}

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
