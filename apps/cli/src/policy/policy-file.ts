import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import { ServonautError } from '@servonaut/contracts';
import { parseYamlFile } from '../session/yaml-file.ts';
import { DEFAULT_POLICY } from './default-policy.ts';
import type { ApprovalTerms, Policy, PolicyDecision, PolicyQuestion, RedactionWishes } from './policy.ts';
import { policySchema, type EffectivePolicy } from './policy-schema.ts';
import { isPolicyThere, policyText } from './policy-text.ts';
import type { CommandVerdict } from './shell/command-verdict.ts';
import { StandingPolicy } from './standing-policy.ts';

/** A file system's clock may tick as seldom as this, in milliseconds: a file that changed lately may change again and look the same. */
const CLOCK_TICK_MS = 2_000;

interface Reading {
  /** Equal when the file says the same. */
  readonly content: string;
  readonly policy: Policy;
  /** Why nothing may run. */
  readonly fault?: ServonautError;
}

/** @param text undefined without a file */
const contentOf = (text: string | undefined) => (text === undefined ? 'none' : `text ${text}`);

/** What tells a file from what it was, also when another took its place; undefined where a change might not show. */
function stampOf(path: string, now: number): string | undefined {
  try {
    const file = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (!file || now - Number(file.ctimeMs) < CLOCK_TICK_MS) return undefined;
    return [file.dev, file.ino, file.size, file.mtimeNs, file.ctimeNs].join();
  } catch {
    // Reading it anew says why.
    return undefined;
  }
}

/**
 * A policy that ends early may allow more than it did. A file that is being saved, or for which the disk had no room, is the beginning of what it was,
 * and so is one from which the operator has taken the last rule: only that one ends with a line, and stays so.
 */
function isCut(text: string, whole: string | undefined, isSettled: boolean): boolean {
  const isBeginning = whole !== undefined && text.length < whole.length && whole.startsWith(text);
  return isBeginning && !(isSettled && text.endsWith('\n'));
}

/** The whole path and what is written there are for the operator; the agent learns where its operator has to look. */
function denyAll(path: string, fault: ServonautError, before: Policy): Policy {
  const name = basename(path);
  const line = fault.facts['line'];
  const where = typeof line === 'number' ? `${name}, line ${line}` : name;
  const message = `The operator's policy is not valid (${where}), so nothing is run until it is mended.`;
  const version = createHash('sha256').update(fault.message).digest('base64url');
  const denial = {
    decision: 'deny',
    class: 'forbidden',
    rule: name,
    message,
    commands: [],
    policyVersion: version,
  } as const;
  // What was taken out of output that is still coming is taken out of it to the end.
  const { approvals, redact } = before;
  return { version, approvals, redact, decide: () => denial, classOf: (command) => before.classOf(command) };
}

/**
 * The policy of `policy.yaml` as it is at each question; without the file, `DEFAULT_POLICY`. A policy that is not known, because the file cannot be
 * read or understood or is there no more, denies everything.
 */
export class PolicyFile implements Policy {
  readonly #path: string;
  readonly #onChange: (message: string) => void;
  readonly #now: () => number;
  /** The last text that held. */
  #whole: string | undefined;
  #stamp: string | undefined;
  #reading: Reading = { content: contentOf(undefined), policy: new StandingPolicy(DEFAULT_POLICY) };
  #wasThere = false;

  /**
   * @param onChange told when another policy holds from now on, and when it is broken
   * @param now milliseconds since the epoch
   * @throws ServonautError `config_invalid` for a file that is broken now
   */
  constructor(path: string, onChange: (message: string) => void, now: () => number = Date.now) {
    this.#path = path;
    this.#onChange = onChange;
    this.#now = now;
    const stamp = stampOf(path, now());
    this.#reading = this.#read(stamp !== undefined);
    if (this.#reading.fault) throw this.#reading.fault;
    this.#stamp = stamp;
  }

  get version(): string {
    return this.#current.version;
  }

  get approvals(): ApprovalTerms {
    return this.#current.approvals;
  }

  get redact(): RedactionWishes {
    return this.#current.redact;
  }

  decide(question: PolicyQuestion): PolicyDecision {
    return this.#current.decide(question);
  }

  classOf(command: string): CommandVerdict {
    return this.#current.classOf(command);
  }

  get #current(): Policy {
    this.#readIfChanged();
    return this.#reading.policy;
  }

  #readIfChanged(): void {
    // Before the content, so that a change between the two shows the next time.
    const stamp = stampOf(this.#path, this.#now());
    if (stamp !== undefined && stamp === this.#stamp) return;
    const reading = this.#read(stamp !== undefined);
    const isNew = reading.content !== this.#reading.content;
    this.#reading = reading;
    // What is wrong may be mended without a trace on the file.
    this.#stamp = reading.fault ? undefined : stamp;
    if (isNew) this.#tell(reading.fault);
  }

  #tell(fault: ServonautError | undefined): void {
    this.#onChange(
      fault
        ? `Everything is refused until the policy is mended. ${fault.message}`
        : `${this.#path} has changed and holds from now on.`,
    );
  }

  /** Whatever goes wrong denies everything; were it thrown, what held before would go on to hold. */
  #read(isSettled: boolean): Reading {
    const before = this.#reading;
    try {
      const text = this.#text();
      const content = contentOf(text);
      if (content === before.content) return before;
      const effective = text === undefined ? DEFAULT_POLICY : this.#understood(text, isSettled);
      this.#whole = text;
      return { content, policy: new StandingPolicy(effective) };
    } catch (error) {
      const message = `${this.#path} cannot be read.`;
      const fault =
        error instanceof ServonautError ? error : new ServonautError('config_invalid', { message, cause: error });
      return { content: `fault ${fault.message}`, policy: denyAll(this.#path, fault, before.policy), fault };
    }
  }

  #understood(text: string, isSettled: boolean): EffectivePolicy {
    const effective = parseYamlFile(text, this.#path, policySchema);
    if (!isCut(text, this.#whole, isSettled)) return effective;
    throw new ServonautError('config_invalid', {
      message: `${this.#path} is the beginning of what it was, as while it is being saved. It holds in ${CLOCK_TICK_MS / 1_000} seconds if it ends with a line break.`,
    });
  }

  /** Undefined when there never was anything. */
  #text(): string | undefined {
    this.#wasThere ||= isPolicyThere(this.#path);
    return this.#wasThere ? policyText(this.#path) : undefined;
  }
}
