import { ServonautError } from '@servonaut/contracts';
import { isCallerKind, type Caller } from '../../policy/caller.ts';
import type { PolicyDecision, PolicyQuestion } from '../../policy/policy.ts';
import type { Session } from '../../session/session.ts';
import type { PluginPackage } from '../plugin-package.ts';
import { sessionInventory } from '../session-inventory.ts';
import { loadToolCatalog } from '../tool-catalog.ts';
import { policyNow } from './standing-policy-at.ts';

/** A call that nobody makes. */
export interface PolicyTrial {
  readonly tool: string;
  readonly server: string | undefined;
  /** `operator`, `user`, `credential`, `local-agent`, or one of those but the first with `:` and an id, and `=` and a label after that. */
  readonly principal: string;
  readonly command: string | undefined;
  readonly directory: string | undefined;
  readonly sudo: boolean;
  readonly now: Date;
}

/** Exit codes of `policy test`. */
export const TRIAL_EXIT: Readonly<Record<PolicyDecision['decision'], number>> = { allow: 0, ask: 3, deny: 4 };

const PRINCIPAL = /^(user|credential|local-agent)(?::([^=]{1,128})(?:=(.{1,128}))?)?$/su;

function principalOf(word: string): Caller | undefined {
  if (word === 'operator') return undefined;
  const [, kind, id = 'somebody', label = ''] = PRINCIPAL.exec(word) ?? [];
  if (isCallerKind(kind)) return { kind, id, label };
  throw new ServonautError('invalid_request', {
    message: `"${word}" is no principal.`,
    nextStep:
      'Give operator, user, credential or local-agent, or one of the latter three with :ID, with =LABEL after the id if it has one.',
  });
}

async function serverOf(session: Session, name: string | undefined): Promise<PolicyQuestion['server']> {
  if (name === undefined) return null;
  const { name: known, labels } = (await sessionInventory(session)).get(name);
  return { name: known, labels: { ...labels } };
}

function missing(what: string): ServonautError {
  return new ServonautError('invalid_request', {
    message: `${what}.`,
    nextStep: 'See "servonaut policy test --help".',
  });
}

async function wishesOf(
  plugins: Iterable<PluginPackage>,
  trial: PolicyTrial,
): Promise<Pick<PolicyQuestion, 'effect' | 'approval'>> {
  const tool = (await loadToolCatalog(plugins)).find(trial.tool);
  if (!tool)
    throw new ServonautError('unknown_tool', { message: `There is no tool "${trial.tool}" on this executor.` });
  if (tool.target === 'server' && trial.server === undefined) throw missing(`${tool.name} needs --server`);
  if (tool.target === 'executor' && trial.server !== undefined) throw missing(`${tool.name} takes no --server`);
  if (tool.commands !== undefined && trial.command === undefined)
    throw missing(`${tool.name} needs a command after --`);
  if (tool.commands === undefined && trial.command !== undefined) throw missing(`${tool.name} takes no command`);
  return { effect: tool.effect, approval: tool.approval };
}

/**
 * What would be decided of a call; nothing is run and nobody is asked.
 * @throws ServonautError `config_invalid`, `unknown_server`, `unknown_tool`, `invalid_request`
 */
export async function tryPolicy(
  session: Session,
  plugins: Iterable<PluginPackage>,
  trial: PolicyTrial,
): Promise<PolicyDecision> {
  const { tool, command: text, directory, sudo, now } = trial;
  const { policy } = policyNow(session);
  const principal = principalOf(trial.principal);
  const [wishes, server] = await Promise.all([wishesOf(plugins, trial), serverOf(session, trial.server)]);
  const commands = text === undefined ? undefined : [{ text, sudo, directory }];
  return policy.decide({ tool, ...wishes, server, input: {}, principal, commands, now });
}

/** @param text ISO 8601; now without it. @throws ServonautError `invalid_request` */
export function trialTime(text: string | undefined): Date {
  const time = text === undefined ? new Date() : new Date(text);
  if (!Number.isNaN(time.getTime())) return time;
  throw missing(`"${text}" is no time`);
}
