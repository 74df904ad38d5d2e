import { commandClassSchema, ServonautError, type CommandClass } from '@servonaut/contracts';
import { detached, detachedJob, inFolder, rawShell } from '@servonaut/plugin-sdk';
import type { CalledCommand, Policy } from '../policy/policy.ts';
import type { AskedCall } from './asked-call.ts';

const isWorse = (one: CommandClass, other: CommandClass): boolean =>
  commandClassSchema.options.indexOf(one) > commandClassSchema.options.indexOf(other);

/** As it stands, or started in the folder that was decided about; one that goes on after the call only in the launcher, made anew here to the byte. */
function isSame({ text: decided, directory, detached: isDetached }: CalledCommand, text: string): boolean {
  const placed = inFolder(rawShell(decided), directory);
  if (!isDetached) return decided === text || placed.text === text;
  const job = detachedJob(text);
  return job !== undefined && detached(placed, job).text === text;
}

/** Holds what a tool runs to what the call was said to do: a tool that calls itself read-only cannot write. */
export class CommandCheck {
  readonly #policy: Pick<Policy, 'classOf'>;

  constructor(policy: Pick<Policy, 'classOf'>) {
    this.#policy = policy;
  }

  /** @throws ServonautError `policy_denied` by the rule `tool.effect` when the text does more than was decided about */
  check(text: string, sudo: boolean, { tool, commands, decision }: AskedCall): void {
    if (commands?.some((command) => isSame(command, text) && (command.sudo || !sudo))) return;
    const read = this.#policy.classOf(text);
    const worst = sudo && isWorse('privileged', read.class) ? 'privileged' : read.class;
    if (!isWorse(worst, decision.class)) return;
    throw new ServonautError('policy_denied', {
      message: `${tool.name} was to be ${decision.class}, but would run a command that is ${worst} (rule tool.effect): ${read.reason}`,
      facts: { rule: 'tool.effect' },
    });
  }
}
