import { isDeepStrictEqual } from 'node:util';
import {
  faultText,
  inWords,
  nearestFaults,
  ServonautError,
  toolEffectSchema,
  type Payload,
  type ServerEntry,
} from '@servonaut/contracts';
import type { AnyTool, CallerCommand, ToolEffect } from '@servonaut/plugin-sdk';
import type { z } from 'zod';
import type { Inventory } from '../inventory/inventory.ts';
import { toServerEntry, type Server } from '../inventory/server.ts';
import type { CalledCommand, Policy, PolicyDecision, PolicyQuestion } from '../policy/policy.ts';
import { checkPrincipalReaches, serversWithin } from '../policy/principal-servers.ts';
import type { ToolCall } from '../relay/tool-runner.ts';

const EFFECTS: readonly ToolEffect[] = toolEffectSchema.options;

/** A call that is valid, and what the operator's policy says of it. */
export interface AskedCall {
  readonly tool: AnyTool;
  readonly server: Server | null;
  /** Parsed. */
  readonly input: Record<string, unknown>;
  readonly commands: readonly CalledCommand[] | undefined;
  readonly decision: PolicyDecision;
  /** Of the preview that the operator has agreed to. */
  readonly basis?: string | undefined;
}

export interface AskedCallParts {
  /** `find` may say by an `unknown_tool` of its own why a tool is not there. */
  readonly tools: { find(name: string): AnyTool | undefined };
  /** As it is now: it is read anew when the executor registers. */
  readonly inventory: () => Inventory;
  readonly policy: Pick<Policy, 'decide'>;
}

/**
 * Validates a call and has the policy decide about it. Nothing of it is taken from the coordinator on trust.
 * @throws ServonautError `unknown_tool`, `unknown_server`, `invalid_request`, or `policy_denied` for a server that the principal may not use
 */
export function askPolicy(call: ToolCall, parts: AskedCallParts): AskedCall {
  const tool = findTool(call.tool, parts);
  const server = findServer(tool, call, parts.inventory());
  const input = parseInput(tool, call.payload);
  const commands = tool.commands?.(input).map(calledCommand);
  const { approval } = tool;
  const entry = server && toServerEntry(server);
  const decision = decide({ tool, input, entry }, call, parts, {
    effect: effectOf(tool, input),
    ...(approval && { approval }),
    commands,
  });
  return { tool, server, input, commands, decision };
}

/** Whether the policy would run the call unasked if it only read: what the operator has to be asked about may not even look before they are. */
export function mayLook(asked: AskedCall, call: Pick<ToolCall, 'principal'>, parts: AskedCallParts): boolean {
  const entry = asked.server && toServerEntry(asked.server);
  const looking = { effect: 'read-only', commands: undefined } as const;
  return decide({ ...asked, entry }, call, parts, looking).decision === 'allow';
}

/**
 * Refuses a call of the executor's that would do to a machine what rules forbid for the server that it is, or want to be asked about and were not.
 * @param machine as a server; one of its name that is known is meant, too, with the labels that the operator gave it
 * @throws ServonautError `policy_denied` with the rule
 */
export function refuseMachine(
  machine: ServerEntry,
  asked: AskedCall,
  call: Pick<ToolCall, 'principal'>,
  parts: AskedCallParts,
): void {
  const { tool, input, decision: agreed } = asked;
  const known = parts.inventory().entries.filter(({ name }) => name === machine.name);
  for (const { name, labels } of [machine, ...known]) {
    const does = {
      effect: effectOf(tool, input),
      commands: undefined,
      ...(tool.approval && { approval: tool.approval }),
    };
    const decision = decide({ tool, input, entry: { name, labels } }, call, parts, does);
    refuseDenied({ ...asked, decision });
    if (decision.decision === 'ask' && agreed.decision === 'allow')
      throw new ServonautError('policy_denied', {
        message: `The operator is to be asked about ${name} (rule ${decision.rule}), and another rule lets this call run unasked (rule ${agreed.rule}).`,
        nextStep: 'Ask the operator to do it, or to make the two rules agree.',
        facts: { rule: decision.rule },
      });
  }
}

function decide(
  { tool, input, entry: server }: Pick<AskedCall, 'tool' | 'input'> & { readonly entry: ServerEntry | null },
  { principal }: Pick<ToolCall, 'principal'>,
  { policy }: AskedCallParts,
  does: Pick<PolicyQuestion, 'effect' | 'approval' | 'commands'>,
): PolicyDecision {
  return policy.decide({ tool: tool.name, server, input, principal, now: new Date(), ...does });
}

/** @throws ServonautError `policy_denied` with the rule */
export function refuseDenied({ decision: { decision, message, rule } }: AskedCall): void {
  if (decision === 'deny') throw new ServonautError('policy_denied', { message, facts: { rule } });
}

/**
 * After the operator has agreed: refuses what is not that to which they have agreed.
 * @throws ServonautError `approval_stale`
 */
export function refuseOther(approved: AskedCall, now: AskedCall): void {
  const facts = ({ tool, server, input, commands, decision }: AskedCall): unknown => [
    tool === approved.tool,
    server && toServerEntry(server),
    input,
    commands,
    decision.class,
    decision.policyVersion,
  ];
  if (!isDeepStrictEqual(facts(approved), facts(now))) throw new ServonautError('approval_stale');
}

function findTool(name: string, { tools }: AskedCallParts): AnyTool {
  const tool = tools.find(name);
  if (!tool) throw new ServonautError('unknown_tool', { message: `There is no tool "${name}" on this executor.` });
  return tool;
}

function findServer(tool: AnyTool, { server: name, principal }: ToolCall, inventory: Inventory): Server | null {
  if (tool.target === 'server' && name === null) {
    throw new ServonautError('invalid_request', { message: `${tool.name} needs a server.` });
  }
  if (tool.target === 'executor' && name !== null) {
    throw new ServonautError('invalid_request', { message: `${tool.name} takes no server.` });
  }
  if (name === null) return null;
  checkPrincipalReaches(principal, name, inventory.entries);
  return inventory.get(name, serversWithin(principal, inventory.entries));
}

function parseInput(tool: AnyTool, payload: Payload): Record<string, unknown> {
  const parsed = tool.input.safeParse(payload, inWords());
  if (parsed.success) return parsed.data;
  const issues: readonly z.core.$ZodIssue[] = parsed.error.issues;
  const faults = issues
    .flatMap(nearestFaults)
    .map(({ path, message }) => faultText(path.join('.') || 'arguments', message));
  throw new ServonautError('invalid_request', { message: `Not valid for ${tool.name}: ${faults.join('; ')}.` });
}

/** What a tool says of a call can make it less than the tool, and not more: the operator has seen what the tool is. */
function effectOf(tool: AnyTool, input: Record<string, unknown>): ToolEffect {
  const effect = tool.effectOf?.(input) ?? tool.effect;
  if (EFFECTS.indexOf(effect) <= EFFECTS.indexOf(tool.effect) && EFFECTS.includes(effect)) return effect;
  throw new ServonautError('tool_failed', {
    message: `${tool.name} says that this call is ${JSON.stringify(effect)}, which is worse than the tool says that it is.`,
  });
}

function calledCommand({ text, sudo = false, directory, detached }: CallerCommand): CalledCommand {
  return { text, sudo, directory, ...(detached && { detached }) };
}
