import { AWK, FILES, FIND, HARMFUL, REDIRECTIONS, SCRAPS, SED, TEXTS, WRAPPERS } from './program-words.ts';
import { RandomSource } from './random-source.ts';
import type { KnownCommand } from './vocabulary.ts';

/** Programs as people and attackers write them: commands that only look, harm in disguise, and both with scraps in them. */
export class ProgramGenerator {
  readonly #random: RandomSource;
  readonly #commands: readonly KnownCommand[];
  #depth = 0;

  constructor(seed: number, commands: readonly KnownCommand[]) {
    this.#random = new RandomSource(seed);
    this.#commands = commands;
  }

  program(): string {
    const random = this.#random;
    const text = random
      .several(1, 3, () => this.#statement())
      .join(random.pick(['\n', '; ', ' && ', ' || ', ' | ', '\n\n', ' |\n']));
    return random.once(3) ? this.#damaged(text) : text;
  }

  /** A scrap put in, taken out or put in the place of something: what then is a text and what a command is for the shells to say. */
  #damaged(text: string): string {
    const random = this.#random;
    let damaged = text;
    for (let left = 1 + random.below(3); left > 0; left--) {
      const at = random.below(damaged.length + 1);
      damaged =
        damaged.slice(0, at) + (random.once(4) ? '' : random.pick(SCRAPS)) + damaged.slice(at + random.below(3));
    }
    return damaged;
  }

  #statement(): string {
    const random = this.#random;
    if (this.#depth > 2 || random.below(5) < 3) return this.#command();
    this.#depth++;
    const text = this.#compound();
    this.#depth--;
    return text;
  }

  #compound(): string {
    const random = this.#random;
    const inner = () => this.#statement();
    switch (random.below(19)) {
      case 0:
        return `for f in ${random.several(0, 3, () => this.#operand()).join(' ')}; do ${inner()}; done`;
      case 1:
        return `while read -r x; do ${inner()}; done < a.txt`;
      case 2:
        return `if ${inner()}; then ${inner()}; else ${inner()}; fi`;
      case 3:
        return `case ${this.#operand()} in ${random.pick(['a', '*', '(a', 'a|b', '"x"'])}) ${inner()};; esac`;
      case 4:
        return `( ${inner()} )`;
      case 5:
        return `{ ${inner()}; }${random.once(2) ? ` ${random.pick(REDIRECTIONS)}` : ''}`;
      case 6:
        return `f() { ${inner()}; }; f ${this.#operand()}`;
      case 7:
        return `x=$(${inner()}); echo "$x"`;
      case 8:
        return `echo "$(${inner()})" ${random.pick(REDIRECTIONS)}`;
      case 9:
        return `echo \`${inner()}\``;
      case 10:
        return `cat <<${random.pick(['A', "'A'", '"A"', '-A', '\\A'])}\n${inner()}\n$(${inner()})\nA\n`;
      case 11:
        return `${random.pick(['sh', 'bash', 'dash', 'bash -e', 'sh -s'])} <<${random.pick(['A', "'A'"])}\n${inner()}\nA\n`;
      case 12:
        return `${random.pick(['sh -c', 'bash -c', 'eval', 'dash -ec', 'env sh -c', 'timeout 1 sh -c', 'find . -exec sh -c', 'xargs sh -c', 'busybox sh -c'])} ${this.#quoted(inner())}`;
      case 13:
        return `echo ${this.#quoted(inner())} | ${random.pick(['sh', 'cat', 'bash', 'xargs sh -c', 'xargs', 'wc -c'])}`;
      case 14:
        return `[[ ${this.#operand()} ${random.pick(['==', '=', '<', '>', '-eq', '=~', '-nt'])} ${this.#operand()} ]] && ${inner()}`;
      case 15:
        return `cat <(${inner()})`;
      case 16:
        return `x=${random.pick(['rm', 'ls', 'touch', 'a', '"a b"', '*', '-o'])}; ${random.pick(['$x', '"$x"', '${x}', 'echo $x', 'ls $x', 'sort $x harm', 'cat "$x"'])} ${this.#operand()}`;
      case 17:
        return `trap ${this.#quoted(inner())} ${random.pick(['EXIT', '0', 'INT'])}`;
      default:
        return `: "\${x:-$(${inner()})}"`;
    }
  }

  #command(): string {
    const random = this.#random;
    const parts = [
      ...(random.once(4) ? [random.pick(WRAPPERS)] : []),
      random.once(7) ? this.#disguised(random.pick(HARMFUL)) : this.#looking(),
      ...(random.once(3) ? [random.pick(REDIRECTIONS)] : []),
    ];
    const text = parts.join(' ');
    if (random.once(4))
      return `${text} | ${random.pick(['cat', 'head -3', 'sort', 'wc -l', 'tee harm', 'xargs ls', 'grep a', 'sh', 'uniq - harm'])}`;
    return text;
  }

  #looking(): string {
    const random = this.#random;
    switch (random.below(8)) {
      case 0:
        return `awk ${this.#quoted(random.pick(AWK))} a.txt`;
      case 1:
        return `sed ${random.pick(['-n ', '', '-e ', '-E '])}${this.#quoted(random.pick(SED))} a.txt`;
      case 2:
        return `find ${random.pick(['.', '/srv', '', './'])} ${random.pick(FIND)}`;
      default:
        return this.#arguments(random.pick(this.#commands));
    }
  }

  #arguments({ name, options, subcommands }: KnownCommand): string {
    const random = this.#random;
    const own = options.length === 0 ? [] : random.several(0, 3, () => this.#option(random.pick(options)));
    const next = subcommands.length > 0 && !random.once(5) ? [this.#arguments(random.pick(subcommands))] : [];
    const words = random.several(0, 2, () => this.#operand());
    return [random.once(6) ? this.#disguised(name) : name, ...own, ...next, ...words].join(' ');
  }

  #option(spelled: string): string {
    if (!spelled.endsWith('=')) return this.#random.once(12) ? spelled.slice(0, -1) : spelled;
    const name = spelled.slice(0, -1);
    return `${name}${name.startsWith('--') ? this.#random.pick(['=', ' ']) : this.#random.pick(['', ' '])}${this.#operand()}`;
  }

  #operand(): string {
    return this.#random.once(3) ? this.#random.pick(TEXTS) : this.#random.pick(FILES);
  }

  /** The same words for a shell, mostly, spelled otherwise. */
  #disguised(text: string): string {
    const random = this.#random;
    const [name = '', ...rest] = text.split(' ');
    const begin = name.slice(0, 1);
    const spelled = random.pick([
      name,
      `'${name}'`,
      `"${name}"`,
      `\\${name}`,
      `${begin}''${name.slice(1)}`,
      `${begin}\\\n${name.slice(1)}`,
      `$'${name}'`,
      `$(echo ${name})`,
      `/usr/bin/${name}`,
      `./${name}`,
      `\${x:-${name}}`,
      `{${name},}`,
      `"${begin}"${name.slice(1)}`,
      `${begin}$1${name.slice(1)}`,
    ]);
    return [spelled, ...rest].join(random.once(8) ? random.pick(['\t', ' \\\n', '${IFS}', '  ']) : ' ');
  }

  #quoted(text: string): string {
    const random = this.#random;
    if (random.below(4) > 0) return `'${text.replaceAll("'", `'\\''`)}'`;
    return random.pick([
      `"${text.replaceAll(/["\\]/g, '\\$&')}"`,
      `"${text}"`,
      `'${text}'`,
      `$'${text}'`,
      text.replaceAll(/[^\w]/g, '\\$&'),
    ]);
  }
}
