import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { quote } from '@servonaut/contracts';
import fc from 'fast-check';
import { injectionStrings } from '../testing/injections.ts';
import { localContext } from '../testing/local-context.ts';
import type { ShellCommand } from './shell-command.ts';
import { rawShell, sh } from './sh.ts';

type Shell = readonly [string, ...string[]];
/** Two names of one program are one shell. */
const MANDATORY: readonly Shell[] = [
  ...new Map<string, Shell>(['/bin/sh', '/bin/dash', '/bin/bash'].map((path) => [realpathSync(path), [path]])).values(),
];
const OPTIONAL: readonly Shell[] = [['/bin/ksh'], ['/bin/zsh'], ['/bin/busybox', 'sh']];
const FISH: Shell = ['/usr/bin/fish'];

const isHere = ([path]: Shell): boolean => existsSync(path);

/** The same tests of each POSIX shell. An optional one that is not here is skipped, and `npm test` counts it. */
function describeEachShell(title: string, tests: (name: string, shell: Shell) => void): void {
  for (const shell of [...MANDATORY, ...OPTIONAL]) {
    const block = MANDATORY.includes(shell) || isHere(shell) ? describe : describe.skip;
    block.each([shell.join(' ')])(title, (name) => tests(name, shell));
  }
}

/** Everything that a process argument can carry: any Unicode but NUL. */
const words = fc.array(
  fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll('\0', '')),
  { minLength: 1, maxLength: 40 },
);
const hostileWords = fc.array(
  fc.string({ unit: fc.constantFrom(...'\'"\\`$(){}[]<>|&;*?!#~=%- \n\r\t-ax1'), maxLength: 12 }),
  { minLength: 1, maxLength: 60 },
);

async function wordsSeenBy(shell: Shell, command: ShellCommand): Promise<string[]> {
  const { stdout, binary, exitCode } = await localContext({ shell }).exec(command, { raw: true });
  expect({ binary, exitCode }).toEqual({ binary: false, exitCode: 0 });
  return stdout.split('\u0001').slice(0, -1);
}

describeEachShell('sh through %s', (_name, shell) => {
  it.each([
    ['any text', words],
    ['the characters of the shell', hostileWords],
  ])('passes %s as exactly one word each', async (_title, arbitrary) => {
    await fc.assert(
      fc.asyncProperty(arbitrary, async (values) => {
        const clean = values.map((value) => value.replaceAll('\u0001', ''));
        const seen = await wordsSeenBy(shell, sh`printf '%s\001' ${clean}`);
        expect(seen).toEqual(clean);
      }),
      { numRuns: 60 },
    );
  });

  it('passes a value as part of a word, as an assignment and as a nested command', async () => {
    const value = `a'b\\c "$(id)" \n-x`;
    const inner = sh`printf '%s\001' --x=${value}`;
    expect(await wordsSeenBy(shell, sh`v=${value}; ${inner} && printf '%s\001' "$v" x${value}y`)).toEqual([
      `--x=${value}`,
      value,
      `x${value}y`,
    ]);
  });
});

(isHere(FISH) ? it : it.skip)('quotes for fish too, which a login shell may be', async () => {
  await fc.assert(
    fc.asyncProperty(hostileWords, async (values) => {
      expect(await wordsSeenBy(FISH, sh`printf '%s\001' ${values}`)).toEqual(values);
    }),
    { numRuns: 30 },
  );
});

describeEachShell('a template that sh accepts, through %s', (_name, shell) => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'servonaut-sh-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const PIECES = [
    ...`'"#$()<>;|&[={x!@`,
    '$(', '((', '@(', '[[ ', '$x', ' ', ' ', '\t', '\r', '\n', '\\\n', '\\\\', "\\'", '\\"', '\\$', '\\#',
  ]; // prettier-ignore

  /** What a template can hold: no backtick, no `${`, no single backslash at the end. */
  const literal = fc.array(fc.constantFrom(...PIECES), { maxLength: 10 }).map((parts) => parts.join(''));
  const values = fc.constantFrom(...injectionStrings('touch RAN', 70));

  it('never runs what is in a value, whatever the template says around it', async () => {
    await fc.assert(
      fc.asyncProperty(literal, values, literal, values, async (before, first, between, second) => {
        const command = accepted([`: ${before}`, between, ''], [first, second]);
        if (!command) return;
        // On a line of its own: behind `&&` it would be part of what an `&` of the template puts into the background.
        await localContext({ shell, timeoutMs: 5_000 }).exec(sh`cd ${folder} || exit
${command}`);
        const left = readdirSync(folder);
        // What one run leaves is no fault of the next.
        for (const name of left) rmSync(join(folder, name), { recursive: true });
        expect(left).not.toContain('RAN');
      }),
      { numRuns: 150 },
    );
  });
});

function asTemplate(...raw: string[]): TemplateStringsArray {
  return Object.assign([...raw], { raw });
}

/** Undefined when `sh` refuses, which is never wrong here. */
function accepted(raw: string[], values: string[]): ShellCommand | undefined {
  try {
    return sh(asTemplate(...raw), ...values);
  } catch (error) {
    expect(error).toMatchObject({ code: 'tool_failed' });
    return undefined;
  }
}

describe('sh', () => {
  it('writes arrays as several words, an empty one as none, and numbers as words', () => {
    expect(sh`ls ${['a b', 'c']} ${[]} ${-1.5}`.text).toBe(`ls 'a b' 'c'  '-1.5'`);
  });

  it('does not take a string that looks like a command for a command', () => {
    expect(sh`echo ${rawShell('id').text}`.text).toBe(`echo 'id'`);
    expect(sh`${rawShell('id')} -u`.text).toBe('id -u');
  });

  it('keeps the text of the template as it is written', () => {
    expect(sh`printf 'a\n%s' "$HOME" ${1}`.text).toBe(String.raw`printf 'a\n%s' "$HOME" '1'`);
  });

  it('takes a value after escapes, quotes, expansions and joined lines that have ended', () => {
    expect(
      sh`a="$HOME \" #"; b=$#x \
echo \' \\${1} 'it' \# ${2}#`.text,
    ).toBe(`a="$HOME \\" #"; b=$#x \\\necho \\' \\\\'1' 'it' \\# '2'#`);
  });

  const value = '$(id)';
  const nested: Readonly<Record<string, () => ShellCommand>> = {
    'single quotes': () => sh`echo '${value}'`,
    'double quotes': () => sh`echo "${value}"`,
    'quotes opened in an earlier part': () => sh`echo ${1} "x ${value}"`,
    'double quotes inside a substitution inside double quotes': () => sh`echo "$(cat "${value}")"`,
    'a comment': () => sh`echo # ${value}`,
    'a comment right after an operator': () => sh`true;# ${value}`,
    'a comment after a continued line': () => sh`echo \
# ${value}`,
    'what some shells take for a comment, and ksh for a redirection': () => sh`: <#'\
${value}`,
    'what some shells take for a comment, and ksh for the end of a pattern': () => sh`: !(x)#'
${value}`,
    'what no shell takes for a comment, although blank is what is before it': () =>
      sh(asTemplate(": \u00a0#'\n", ''), value),
    'a comment that has ended': () => sh`true # it's
echo ${value}`,
    'a here-document': () => sh`cat <<E
${value}
E`,
    'a here-document whose sign is on two lines': () => sh`cat <\
<E
${value}
E`,
    'an expansion whose sign is on two lines': () => sh`echo $\
{x:- #'}
${value}`,
    'the words of an array': () => sh`x=(${value})`,
    'a condition of bash, which calculates': () => sh`[[ ${value} -eq 0 ]]`,
    arithmetic: () => sh`echo $((1 + ${value}))`,
    'old arithmetic': () => sh`echo $[${value}]`,
    'ANSI-C quotes begun by the template': () => sh`echo $'a\'' ${value}`,
    'ANSI-C quotes begun by a dollar': () => sh`echo $${value}`,
  };

  it.each(Object.entries(nested))('refuses a value inside %s', (_place, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'tool_failed' }));
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %p', (number) => {
    expect(() => sh`sleep ${number}`).toThrow(expect.objectContaining({ code: 'tool_failed' }));
  });

  it.each([
    ['NUL', 'a\0b'],
    ['a lone surrogate', 'a\ud800'],
  ])('refuses %s everywhere', (_name, text) => {
    for (const make of [() => quote(text), () => rawShell(text), () => sh`echo ${text}`])
      expect(make).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });
});
