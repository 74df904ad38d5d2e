import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { ServonautError } from '@servonaut/contracts';
import { parseYamlFile } from '../session/yaml-file.ts';
import { AllowListPolicy, allowListsSchema } from './allow-list-policy.ts';
import type { Policy, PolicyDenial, PolicyQuestion } from './policy.ts';

/** A file system's clock may tick as seldom as this, in milliseconds: a file that changed lately may change again and look the same. */
const CLOCK_TICK_MS = 2_000;

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;

interface Reading {
  /** Equal when the file says the same. */
  readonly content: string;
  readonly policy: Policy;
  /** Why nothing may run. */
  readonly fault?: ServonautError;
}

/** What tells a file from what it was, also when another took its place; undefined while a change might not show. */
function stampOf(path: string): string | undefined {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = statSync(path, { bigint: true });
    if (Date.now() - Number(ctimeMs) < CLOCK_TICK_MS) return undefined;
    return [dev, ino, size, mtimeNs, ctimeNs].join();
  } catch (error) {
    return codeOf(error);
  }
}

/** The whole path and what is written there are for the operator; the agent learns where its operator has to look. */
function denyAll(path: string, fault: ServonautError): Policy {
  const name = basename(path);
  const line = fault.facts['line'];
  const where = typeof line === 'number' ? `${name}, line ${line}` : name;
  const message = `The operator's policy is not valid (${where}), so nothing is run until it is mended.`;
  return { denial: () => ({ rule: name, message }) };
}

/**
 * The policy of `policy.yaml` as it is at each question; without the file everything is allowed. A policy that is not known, because the file
 * cannot be read or understood or is there no more, denies everything.
 */
export class PolicyFile implements Policy {
  readonly #path: string;
  readonly #onChange: (message: string) => void;
  #stamp: string | undefined;
  #reading: Reading;
  #wasThere = false;

  /**
   * @param onChange told when another policy holds from now on, and when it is broken
   * @throws ServonautError `config_invalid` for a file that is broken now
   */
  constructor(path: string, onChange: (message: string) => void) {
    this.#path = path;
    this.#onChange = onChange;
    this.#stamp = stampOf(path);
    this.#reading = this.#read();
    if (this.#reading.fault) throw this.#reading.fault;
  }

  denial(question: PolicyQuestion): PolicyDenial | undefined {
    this.#readIfChanged();
    return this.#reading.policy.denial(question);
  }

  #readIfChanged(): void {
    // Before the content, so that a change between the two shows the next time.
    const stamp = stampOf(this.#path);
    if (stamp !== undefined && stamp === this.#stamp) return;
    this.#stamp = stamp;
    const reading = this.#read();
    if (reading.content === this.#reading.content) return;
    this.#reading = reading;
    const { fault } = reading;
    this.#onChange(
      fault
        ? `Everything is refused until the policy is mended. ${fault.message}`
        : `${this.#path} has changed and holds from now on.`,
    );
  }

  #read(): Reading {
    try {
      const text = this.#text();
      const lists = text === undefined ? {} : parseYamlFile(text, this.#path, allowListsSchema);
      return { content: `text ${text}`, policy: new AllowListPolicy(lists) };
    } catch (error) {
      const fault = error as ServonautError;
      return { content: `fault ${fault.message}`, policy: denyAll(this.#path, fault), fault };
    }
  }

  /** Undefined when there never was a file. */
  #text(): string | undefined {
    try {
      const text = readFileSync(this.#path, 'utf8');
      this.#wasThere = true;
      return text;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT')
        throw new ServonautError('config_invalid', { message: `${this.#path} cannot be read.`, cause: error });
      if (!this.#wasThere) return undefined;
      throw new ServonautError('config_invalid', {
        message: `${this.#path} is there no more. Write {} into it to allow everything.`,
      });
    }
  }
}
