import { commandClassSchema, ServonautError, type CommandClass } from '@servonaut/contracts';
import type { Policy } from '../policy/policy.ts';
import type { AskedCall } from './asked-call.ts';

/** Texts that are remembered with what they would do, and the longest of them in characters: the scripts of tools come again and again. */
const REMEMBERED = 128;
const LONGEST_REMEMBERED = 16_384;

interface ReadCommand {
  readonly class: CommandClass;
  readonly reason: string;
}

const isWorse = (one: CommandClass, other: CommandClass): boolean =>
  commandClassSchema.options.indexOf(one) > commandClassSchema.options.indexOf(other);

/** Holds what a tool runs to what the call was said to do: a tool that calls itself read-only cannot write. */
export class CommandCheck {
  readonly #policy: Pick<Policy, 'classOf' | 'version'>;
  readonly #read = new Map<string, ReadCommand>();
  #version = '';

  constructor(policy: Pick<Policy, 'classOf' | 'version'>) {
    this.#policy = policy;
  }

  /** @throws ServonautError `policy_denied` by the rule `tool.effect` when the text does more than was decided about */
  check(text: string, sudo: boolean, { tool, commands, decision }: AskedCall): void {
    const isDecided = commands?.some((command) => command.text === text && (command.sudo || !sudo));
    if (isDecided) return;
    const read = this.#classOf(text);
    const worst = sudo && isWorse('privileged', read.class) ? 'privileged' : read.class;
    if (!isWorse(worst, decision.class)) return;
    throw new ServonautError('policy_denied', {
      message: `${tool.name} was to be ${decision.class}, but would run a command that is ${worst} (rule tool.effect): ${read.reason}`,
      facts: { rule: 'tool.effect' },
    });
  }

  #classOf(text: string): ReadCommand {
    this.#forgetOtherVersions();
    const known = this.#read.get(text);
    if (known) return this.#remember(text, known);
    const { class: found, reason } = this.#policy.classOf(text);
    return this.#remember(text, { class: found, reason });
  }

  /** The one that was asked for least lately makes room. */
  #remember(text: string, read: ReadCommand): ReadCommand {
    if (text.length > LONGEST_REMEMBERED) return read;
    this.#read.delete(text);
    this.#read.set(text, read);
    const [oldest] = this.#read.size > REMEMBERED ? this.#read.keys() : [];
    if (oldest !== undefined) this.#read.delete(oldest);
    return read;
  }

  #forgetOtherVersions(): void {
    if (this.#version === this.#policy.version) return;
    this.#version = this.#policy.version;
    this.#read.clear();
  }
}
