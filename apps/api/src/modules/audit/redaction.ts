import { rules } from '@secretlint/secretlint-rule-preset-recommend';
import { isSecret, isSecretOption, namedMembers, secretWords, type Range } from './secret-words.ts';

/** What stands in the place of a secret. */
export const REDACTED = '[redacted]';

/** Beyond so many, nothing of it is kept: each is looked for in each text, and it was hardly written by hand. */
const MOST_SECRETS = 1_000;

/** What of secretlint's interface its recommended rules make use of. */
interface Rule {
  readonly meta: { readonly type: 'scanner' | 'filter' };
  create(
    context: {
      readonly sharedOptions: object;
      createTranslator(messages: unknown): () => { readonly message: string; readonly messageId: string };
      report(found: { readonly range: Range }): void;
      ignore(): void;
    },
    options: object,
  ): { file?(source: Readonly<Record<'content' | 'filePath' | 'ext' | 'contentType', string>>): unknown };
}

/**
 * Runs the rules themselves: the library's own runner keeps a record of each of its steps for ever, and has a filter by which a comment in the text
 * turns rules off, which is no choice for an agent to make.
 */
class SecretScanner {
  readonly #rules: readonly ReturnType<Rule['create']>[];
  #found: Range[] = [];

  constructor(all: readonly Rule[]) {
    const context = {
      sharedOptions: {},
      createTranslator: () => () => ({ message: '', messageId: '' }),
      report: ({ range }: { readonly range: Range }) => void this.#found.push(range),
      ignore: () => undefined,
    };
    this.#rules = all.filter(({ meta }) => meta.type === 'scanner').map((rule) => rule.create(context, {}));
  }

  /** Where secrets stand in it. */
  scan(content: string): readonly Range[] {
    this.#found = [];
    const source = { content, filePath: 'arguments.txt', ext: '.txt', contentType: 'text' };
    for (const rule of this.#rules) rule.file?.(source);
    return this.#found;
  }
}

const SCANNER = new SecretScanner(rules);

/**
 * The value without the secrets that are recognised in it: under names that say so, by the forms that providers give their keys (secretlint's
 * recommended rules), and where a command line names them. What looks like any other word stays: this keeps honest logs clean, and is no wall.
 */
export function redact(value: unknown): unknown {
  const texts: string[] = [];
  const named = mapTexts(value, (text) => {
    texts.push(text);
    return text;
  });
  const clean = redactAll(texts);
  let index = 0;
  return mapTexts(named, () => clean[index++] ?? REDACTED);
}

/** One pass of the rules for all of them, so that many short ones cost no more than one long one. */
function redactAll(texts: readonly string[]): string[] {
  const content = texts.join('\n');
  const keys = SCANNER.scan(content).map((range) => toWordEnd(content, range));
  const words = texts.map(secretWords);
  if (keys.length + words.flat().length > MOST_SECRETS) return texts.map(() => REDACTED);
  let start = 0;
  return texts.map((text, index) => {
    const own = keys.map(([from, to]): Range => [from - start, to - start]);
    start += text.length + 1;
    return without(text, [...own, ...(words[index] ?? [])]);
  });
}

/** Some rules find a name and its value, and count only as far as the value is long. */
function toWordEnd(content: string, [from, to]: Range): Range {
  const rest = /[\s"'&;|]/.exec(content.slice(to));
  return [from, rest ? to + rest.index : content.length];
}

/** Ranges may overlap each other and reach over the ends of the text. */
function without(text: string, ranges: readonly Range[]): string {
  const within = ranges
    .map(([from, to]): Range => [Math.max(0, from), Math.min(text.length, to)])
    .filter(([from, to]) => from < to)
    .toSorted((a, b) => a[0] - b[0]);
  let clean = '';
  let end = 0;
  for (const [from, to] of within) {
    if (from >= end) clean += text.slice(end, from) + REDACTED;
    end = Math.max(end, to);
  }
  return clean + text.slice(end);
}

/** Secrets under a name are gone after this; the texts that are left are mapped in the order in which they stand. */
function mapTexts(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value))
    return value.map((item, index) => (isSecretOption(value[index - 1]) ? REDACTED : mapTexts(item, map)));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value);
  const named = namedMembers(members);
  return Object.fromEntries(
    members.map(([name, inner]) => [name, named.has(name) || isSecret(name, inner) ? REDACTED : mapTexts(inner, map)]),
  );
}
