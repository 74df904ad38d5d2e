import { restOf, type Argument } from './argument.ts';
import type { Call } from './call.ts';
import { worstOf } from './command-verdict.ts';
import { isClass, type CommandRule, type Meaning, type Option } from './command-rule.ts';

type Lists = readonly CommandRule[];

/** What an option turned out to be. */
interface Matched {
  readonly name: string;
  readonly option: Option;
  readonly rule: CommandRule;
}

/**
 * Takes the words of a command apart into options, their values and operands. Options are looked up in the rule and then in those of the commands
 * that it is a sub-command of.
 */
export class OptionScan {
  readonly #call: Call;
  readonly #rule: CommandRule;
  readonly #lists: Lists;
  readonly #args: readonly Argument[];
  readonly #seen = new Map<string, Argument | undefined>();
  #at = 0;
  #over: boolean;

  constructor(call: Call, rule: CommandRule, args: readonly Argument[], around: Lists) {
    this.#call = call;
    this.#rule = rule;
    this.#args = args;
    this.#lists = [rule, ...around].filter((each) => each.options);
    this.#over = rule.style === 'none';
  }

  /** All words that follow what has been read. */
  get rest(): readonly Argument[] {
    return this.#args.slice(this.#at);
  }

  /** Whether all that follow are operands. */
  get isOver(): boolean {
    return this.#over;
  }

  /** Options that there were, as they are listed, with their last values. */
  get seen(): ReadonlyMap<string, Argument | undefined> {
    return this.#seen;
  }

  /** The next operand, or undefined when there is none or nothing more can be told: the class has been raised accordingly then. */
  next(): Argument | undefined {
    for (let word = this.#args[this.#at++]; word; word = this.#args[this.#at++]) {
      if (this.#over || isOperand(word)) return this.#operand(word);
      if (word.text === '--') this.#over = true;
      else if (!this.#option(word)) {
        this.#at = this.#args.length;
        return undefined;
      }
    }
    return undefined;
  }

  #operand(word: Argument): Argument {
    this.#over ||= this.#rule.style.endsWith('first');
    return word;
  }

  /** Whether what follows can still be told. */
  #option(word: Argument): boolean {
    if (!word.start.startsWith('-') || (!word.single && word.text === undefined)) return this.#lost();
    if (this.#lists.length === 0) return this.#unlisted(word);
    if (word.start.startsWith('--') || this.#rule.style.startsWith('long')) return this.#long(word);
    return this.#short(word);
  }

  #lost(): false {
    this.#call.raiseToCeiling(this.#ceiling());
    return false;
  }

  #ceiling() {
    return worstOf([this.#rule, ...this.#lists].map((each) => each.ceiling));
  }

  #long(word: Argument): boolean {
    const equals = word.start.indexOf('=');
    if (word.text === undefined && equals < 0) return this.#lost();
    const name = equals < 0 ? word.start : word.start.slice(0, equals);
    const matched = this.#lookUp(name);
    if (!matched) return /^-\d+$/.test(name) && this.#lookUp('-#') ? true : this.#unlisted(word, name);
    const joined = equals < 0 ? undefined : restOf(word, equals + 1);
    return this.#value(matched, joined);
  }

  /** Several in one word; the first that takes a value takes what is left of it. */
  #short(word: Argument): boolean {
    if (/^-\d+$/.test(word.text ?? '') && this.#lookUp('-#')) return true;
    for (let at = 1; at < word.start.length; at++) {
      const matched = this.#lookUp(`-${word.start[at]}`);
      if (!matched) return this.#unlisted(word, `-${word.start[at]}`);
      const isLast = at === word.start.length - 1 && word.text !== undefined;
      if (matched.option.value !== 'none') return this.#value(matched, isLast ? undefined : restOf(word, at + 1));
      if (!this.#value(matched, undefined)) return false;
    }
    return word.text === undefined ? this.#lost() : true;
  }

  #lookUp(name: string): Matched | undefined {
    for (const rule of this.#lists) {
      const option = rule.options?.listed.get(name);
      if (option) return { name, option, rule };
    }
    return undefined;
  }

  #value({ name, option, rule }: Matched, joined: Argument | undefined): boolean {
    const isNext = option.value === 'separate' || (option.value === 'required' && !joined);
    const value = isNext ? this.#args[this.#at++] : joined;
    this.#seen.set(name, value);
    if (value && !value.single && value.text === undefined) return this.#lost();
    const list = rule.values.get(name);
    const what = `${this.#call.name} ${name}`;
    if (option.value === 'joined' && !joined) this.#call.raise('forbidden', `${what} has no value in its word`);
    if (option.value === 'separate' && joined) this.#call.raise('forbidden', `${what} has its value in the next word`);
    if (!value) this.#withoutValue(option.meaning, what);
    else this.#call.means(option.meaning, value, what);
    if (value && list) this.#call.meansOneOf(list, value);
    return true;
  }

  /** A value that may be missing, as that of `sed -i`, is written all the same. */
  #withoutValue(meaning: Meaning, what: string): void {
    if (meaning === 'shell') this.#call.raise('forbidden', `${what} runs what is not known`);
    else if (meaning === 'written') this.#call.raise('mutating', `${what} writes`);
    else if (meaning === 'here') this.#call.writesHere(what);
    else if (isClass(meaning) && meaning !== 'read-only') this.#call.raise(meaning, `${what} is ${meaning}`);
  }

  /** It may be an abbreviation; and it may have a value, so that where others are run nothing more can be told. */
  #unlisted(word: Argument, name = word.start): boolean {
    const { options, runs, subcommands } = this.#rule;
    if (!options && this.#lists.length === 0) return true;
    const unlisted = options?.unlisted ?? this.#lists[0]?.options?.unlisted ?? 'forbidden';
    this.#call.raise(unlisted, `${this.#call.name} ${name.slice(0, 40)} is not an option that is known`);
    // Nothing is worse than the worst, and a text may hold thousands of these.
    if (this.#call.isWorst && !runs && !subcommands) return true;
    for (const rule of this.#lists) {
      for (const [listed, option] of rule.options?.listed ?? []) {
        if (name.length > 2 && listed.startsWith(name))
          this.#withoutValue(option.meaning, `${this.#call.name} ${listed}`);
      }
    }
    return runs || subcommands ? this.#lost() : true;
  }
}

/** A dash alone is a name for the input. */
function isOperand({ text, start, isNumber, oneOf }: Argument): boolean {
  if (oneOf) return oneOf.every((each) => !each.startsWith('-'));
  if (isNumber) return true;
  if (text !== undefined) return !text.startsWith('-') || text === '-';
  return start !== '' && !start.startsWith('-');
}
