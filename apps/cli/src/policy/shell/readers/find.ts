import { knownArgument, unknownArgument, type Argument } from '../argument.ts';
import type { Call } from '../call.ts';

const words = (text: string) => new Set(text.split(/\s+/));
const BEFORE_PATHS = words('-H -L -P -O0 -O1 -O2 -O3');
const ALONE = words(
  '( ) ! , -a -and -o -or -not -print -print0 -ls -prune -quit -true -false -daystart -depth -d -follow -mount -xdev -x -noleaf -warn -nowarn -empty -executable -readable -writable -nouser -nogroup -ignore_readdir_race -noignore_readdir_race',
);
const WITH_VALUE = words(
  '-name -iname -path -ipath -wholename -iwholename -regex -iregex -lname -ilname -type -xtype -size -mtime -mmin -atime -amin -ctime -cmin -newer -anewer -cnewer -samefile -user -group -uid -gid -perm -links -inum -fstype -used -maxdepth -mindepth -regextype -printf -context',
);
const WRITES = words('-fprint -fprint0 -fls -fprintf');
const RUNS = words('-exec -execdir -ok -okdir');

/** An expression that selects files, and may delete them, write their names or run commands with them. */
export function readFind(call: Call): void {
  new FindReader(call).read();
}

class FindReader {
  readonly #call: Call;
  readonly #paths: Argument[] = [];
  #at = 0;

  constructor(call: Call) {
    this.#call = call;
  }

  read(): void {
    while (BEFORE_PATHS.has(this.#word?.text ?? '')) this.#at++;
    for (let word = this.#word; word && isPath(word); word = this.#word) {
      this.#paths.push(word);
      this.#at++;
    }
    if (this.#paths.length === 0) this.#paths.push(knownArgument('.'));
    for (let word = this.#word; word; word = this.#word) {
      this.#at++;
      if (!this.#primary(word.text)) return;
    }
  }

  get #word(): Argument | undefined {
    return this.#call.args[this.#at];
  }

  /** Whether what follows can still be told. */
  #primary(text: string | undefined): boolean {
    if (text === undefined) return this.#refuse('find has an expression that is not known before it runs');
    if (ALONE.has(text)) return true;
    if (WITH_VALUE.has(text) || /^-newer[aBcm][aBcmt]$/.test(text)) return this.#value() !== undefined;
    if (WRITES.has(text)) return this.#writes(text);
    if (RUNS.has(text)) return this.#runs(text);
    if (text === '-delete') return this.#delete();
    return this.#refuse(`find ${text.slice(0, 40)} is not known`);
  }

  #refuse(reason: string): false {
    this.#call.raise('forbidden', reason);
    return false;
  }

  /** One word, whatever it is. */
  #value(): Argument | undefined {
    const value = this.#call.args[this.#at++];
    if (value?.single || value?.text !== undefined) return value;
    if (value) this.#refuse('find has an expression that is not known before it runs');
    return undefined;
  }

  #writes(option: string): boolean {
    const file = this.#value();
    if (!file) return false;
    this.#call.raise('mutating', `find ${option} writes a file`);
    this.#call.means('written', file, `find ${option}`);
    return option !== '-fprintf' || this.#value() !== undefined;
  }

  #delete(): boolean {
    this.#call.raise('mutating', 'find -delete removes files');
    for (const path of this.#paths) this.#call.means('written', path, 'find -delete');
    return true;
  }

  #runs(option: string): boolean {
    const begin = this.#at;
    const args = this.#call.args;
    while (this.#at < args.length && !isEnd(args[this.#at], args[this.#at - 1])) this.#at++;
    if (this.#at >= args.length) return this.#refuse(`find ${option} has no end`);
    const found = this.#foundFile();
    this.#call.runs(args.slice(begin, this.#at++).map((word) => withFile(word, found)));
    return true;
  }

  /** It begins with the path where the search begins, which nobody can take for an option. */
  #foundFile(): Argument {
    const [path, ...others] = this.#paths;
    if (!path?.text || others.length > 0)
      return unknownArgument(this.#paths.every(({ start }) => start.startsWith('/')) ? '/' : './');
    const start = path.text.startsWith('/') || path.text.startsWith('.') ? path.text : `./${path.text}`;
    return { ...unknownArgument(start), pattern: start.endsWith('/') ? `${start}*` : `${start}/*` };
  }
}

function isPath({ text, start, oneOf }: Argument): boolean {
  if (oneOf) return oneOf.every((each) => isPath(knownArgument(each)));
  if (text === '' || (text === undefined && start === '')) return false;
  return !/^[-(),!]/.test(start);
}

/** `+` ends only after `{}`. */
function isEnd(word: Argument | undefined, before: Argument | undefined): boolean {
  return word?.text === ';' || (word?.text === '+' && before?.text === '{}');
}

function withFile(word: Argument, found: Argument): Argument {
  if (word.text === undefined || !word.text.includes('{}')) return word;
  return word.text === '{}' ? found : unknownArgument(word.text.slice(0, word.text.indexOf('{}')));
}
