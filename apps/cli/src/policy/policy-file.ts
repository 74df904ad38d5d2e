import { lstatSync, readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { ServonautError } from '@servonaut/contracts';
import { checkYamlSize, parseYamlFile } from '../session/yaml-file.ts';
import { AllowListPolicy, allowListsSchema } from './allow-list-policy.ts';
import type { DenialQuestion, DenyingPolicy, PolicyDenial } from './denial.ts';

/** A file system's clock may tick as seldom as this, in milliseconds: a file that changed lately may change again and look the same. */
const CLOCK_TICK_MS = 2_000;

interface Reading {
  /** Equal when the file says the same. */
  readonly content: string;
  readonly policy: DenyingPolicy;
  /** Why nothing may run. */
  readonly fault?: ServonautError;
}

/** What tells a file from what it was, also when another took its place; undefined where a change might not show. */
function stampOf(path: string): string | undefined {
  try {
    const file = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (!file || Date.now() - Number(file.ctimeMs) < CLOCK_TICK_MS) return undefined;
    return [file.dev, file.ino, file.size, file.mtimeNs, file.ctimeNs].join();
  } catch {
    // Reading it anew says why.
    return undefined;
  }
}

const invalid = (message: string, cause?: unknown) => new ServonautError('config_invalid', { message, cause });

/** The whole path and what is written there are for the operator; the agent learns where its operator has to look. */
function denyAll(path: string, fault: ServonautError): DenyingPolicy {
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
export class PolicyFile implements DenyingPolicy {
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
    const stamp = stampOf(path);
    this.#reading = this.#read();
    if (this.#reading.fault) throw this.#reading.fault;
    this.#stamp = stamp;
  }

  denial(question: DenialQuestion): PolicyDenial | undefined {
    this.#readIfChanged();
    return this.#reading.policy.denial(question);
  }

  #readIfChanged(): void {
    // Before the content, so that a change between the two shows the next time.
    const stamp = stampOf(this.#path);
    if (stamp !== undefined && stamp === this.#stamp) return;
    const reading = this.#read();
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
  #read(): Reading {
    try {
      const text = this.#text();
      const lists = text === undefined ? {} : parseYamlFile(text, this.#path, allowListsSchema);
      return { content: `text ${text}`, policy: new AllowListPolicy(lists) };
    } catch (error) {
      const fault = error instanceof ServonautError ? error : invalid(`${this.#path} cannot be read.`, error);
      return { content: `fault ${fault.message}`, policy: denyAll(this.#path, fault), fault };
    }
  }

  /** Undefined when there never was anything: a link that leads nowhere is an operator's policy too. */
  #text(): string | undefined {
    this.#wasThere ||= lstatSync(this.#path, { throwIfNoEntry: false }) !== undefined;
    if (!this.#wasThere) return undefined;
    const file = statSync(this.#path, { throwIfNoEntry: false });
    if (!file) throw invalid(`${this.#path} is gone, or a link to nothing. Write {} into it to allow everything.`);
    // Reading a pipe or a device might never end.
    if (!file.isFile()) throw invalid(`${this.#path} is not a file.`);
    checkYamlSize(this.#path, file.size);
    return readFileSync(this.#path, 'utf8');
  }
}
