import { parse, type Word } from 'unbash';
import { knownArgument, printed, restOf, unknownArgument, type Argument } from './argument.ts';
import { objectionTo } from './before-parsing.ts';
import type { CommandTable } from './command-table.ts';
import { isWorse, type CommandClass, type CommandVerdict, type FoundCommand } from './command-verdict.ts';
import { Finding } from './finding.ts';
import { LoopVariables } from './loop-variables.ts';
import { judgeCommand } from './judge-command.ts';
import { KnownFunctions } from './known-functions.ts';
import { ScriptVariables } from './script-variables.ts';
import { ScriptWalk } from './script-walk.ts';
import { SHELL_BOUNDS } from './shell-bounds.ts';
import { VisitedFolders } from './visited-folders.ts';
import type { Input, Surroundings } from './surroundings.ts';
import type { WordEffects } from './word-effects.ts';
import { readWord } from './word-reader.ts';

const WHOLE_HOME = /^~[/.]*\*?$/;

/** All that is found in one text and in the texts within it. */
export class Examination implements Surroundings {
  readonly table: CommandTable;
  readonly variables = new ScriptVariables();
  readonly loops: LoopVariables;
  readonly folders: VisitedFolders;
  readonly #commands: FoundCommand[] = [];
  #worst: FoundCommand | undefined;
  #left = 0;
  #depth = 0;
  #functions = new KnownFunctions();
  #inner = 0;

  /** @param trustsLoops whether variables of loops are what the loops say */
  constructor(table: CommandTable, trustsLoops = true) {
    this.table = table;
    this.loops = new LoopVariables(trustsLoops);
    this.folders = new VisitedFolders(table.paths);
  }

  get functions(): KnownFunctions {
    return this.#functions;
  }

  /** A text that a shell reads. */
  text(source: string): void {
    const objection = objectionTo(source);
    if (objection !== undefined) return this.add(source, null, 'forbidden', objection);
    this.within(source, () => this.functions.within(() => new ScriptWalk(this, source).script(parse(source))));
  }

  innerText(source: string): void {
    const around = this.#functions;
    this.#functions = new KnownFunctions();
    this.loops.outside(() => this.ownText(source));
    this.#functions = around;
  }

  ownText(source: string): void {
    this.#inner += source.length;
    if (this.#inner > SHELL_BOUNDS.inner)
      return this.add(source, null, 'forbidden', 'it holds too much text within its text');
    this.text(source);
  }

  command(words: readonly Argument[], input: Input): void {
    const text = printed(words, SHELL_BOUNDS.shown);
    this.within(text, () => {
      const [name = unknownArgument(), ...args] = words;
      const finding = new Finding(text, name.text ?? null);
      judgeCommand(this, { name, args, input, isDirect: false }, finding);
      this.found(finding);
    });
  }

  /** Runs `inner` unless it is too deep in others. */
  within(text: string, inner: () => void): void {
    if (this.#depth >= SHELL_BOUNDS.depth) return this.add(text, null, 'forbidden', 'it is nested too deeply');
    this.#depth++;
    inner();
    this.#depth--;
  }

  add(text: string, name: string | null, commandClass: CommandClass, reason: string): void {
    const finding = new Finding(text.slice(0, SHELL_BOUNDS.shown), name);
    finding.raise(commandClass, reason);
    this.found(finding);
  }

  found(finding: Finding): void {
    const found = finding.found();
    if (found.name === null && found.class === 'forbidden') this.folders.goesAnywhere();
    if (!this.#worst || isWorse(found.class, this.#worst.class)) this.#worst = found;
    if (this.#commands.length < SHELL_BOUNDS.commands) this.#commands.push(found);
    else this.#left++;
  }

  written(path: Argument, finding: Finding, what: string): void {
    if (path.oneOf) return path.oneOf.forEach((each) => this.written(knownArgument(each), finding, what));
    finding.writes(path);
    const known = this.table.paths.classOf(path);
    if (!path.start.startsWith('/') && !path.start.startsWith('~')) this.folders.writesHere();
    if (WHOLE_HOME.test(path.pattern ?? '')) finding.raise('privileged', `${what} all of the home folder`);
    if (known !== undefined) finding.raise(known, `${what} ${path.pattern ?? ''}`);
    else finding.raise('forbidden', `${what} a file that is not known before it runs`);
  }

  /** A variable that is set to what is not a number; `exported` for the commands that run after or in it. */
  sets(name: string, exported: boolean, finding: Finding): void {
    this.variables.sets(name);
    this.loops.sets(name);
    const commandClass = this.table.variables.classOf(name, exported);
    if (commandClass !== 'read-only') finding.raise(commandClass, `it sets ${name}`);
  }

  setsByArgument(argument: Argument, exported: boolean, finding: Finding): void {
    const name = /^[A-Za-z_]\w*(?==|$)/.exec(argument.start)?.[0];
    const isWhole =
      argument.text !== undefined || (name !== undefined && argument.start.length > name.length && argument.single);
    if (name !== undefined && isWhole) this.assigns(name, restOf(argument, name.length + 1), exported, finding);
    else finding.raise('forbidden', 'it sets a variable that is not known before it runs');
  }

  /** PATH may be set to what it is and the folders of the system: commands are what their names say then as well. */
  assigns(name: string, value: Argument, exported: boolean, finding: Finding): void {
    this.loops.sets(name);
    this.holds(name, value, exported, finding);
  }

  holds(name: string, value: Argument, exported: boolean, finding: Finding): void {
    const { text } = value;
    if (text !== undefined && /^-?\d{1,18}$/.test(text)) this.variables.counts(name);
    else this.variables.sets(name);
    const isSystemPath = name === 'PATH' && text?.split(':').every((folder) => this.table.paths.holdsPrograms(folder));
    const commandClass = isSystemPath ? 'read-only' : this.table.variables.classOf(name, exported);
    if (commandClass !== 'read-only') finding.raise(commandClass, `it sets ${name}`);
  }

  word(word: Word, finding: Finding, source: string): Argument {
    return readWord(word, this.effects(finding, source));
  }

  effects(finding: Finding, source: string): WordEffects {
    return {
      script: (script, text) =>
        this.within(source, () => this.functions.within(() => new ScriptWalk(this, text ?? source).script(script))),
      textsOf: (name) => this.loops.textsOf(name),
      refuse: (reason) => finding.raise('forbidden', reason),
      sets: (name) => this.sets(name, false, finding),
      counts: (name) => this.assigns(name, knownArgument('0'), false, finding),
      reckonsWith: (name) => this.variables.reckonsWith(name),
    };
  }

  verdict(): CommandVerdict {
    const doubt = this.variables.doubt();
    if (doubt !== undefined) this.add('', null, 'forbidden', doubt);
    const folders = this.folders.finding();
    if (folders.class !== 'read-only') this.add('', null, folders.class, folders.reason);
    const { class: commandClass, reason } = this.#worst ?? { class: 'read-only', reason: 'nothing runs' };
    const more = this.#left === 0 ? '' : ` (and ${this.#left} more commands)`;
    return {
      class: commandClass,
      commands: this.#commands,
      reason: `${reason}${more}`,
      changesDirectory: this.folders.changes,
    };
  }
}
