import { globSync } from 'node:fs';
import { devNull } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { ServonautError } from '@servonaut/contracts';
import SSHConfig from 'ssh-config';
import { readRegularFile } from '../ssh/regular-file.ts';
import { filesStamp } from './file-stamp.ts';
import { expandHome, HOME_OF_USER } from './home-path.ts';

/** ssh(1) follows includes 16 deep. */
const INCLUDE_DEPTH = 16;

/** Longest file of it that is read, in bytes. */
const MOST_BYTES = 2 ** 24;

/** Keyword of a line that is not understood; its words say why, if they say anything. */
export const MALFORMED = '';

/** One line of ssh_config, with the words of its argument. */
export interface ConfigLine {
  readonly keyword: string;
  readonly words: readonly string[];
  /** Of a `Host` or `Match`: the lines that hold where it does. */
  readonly section: readonly ConfigLine[];
  /** Of an `Include`: the lines of each file. */
  readonly included: readonly (readonly ConfigLine[])[];
}

/** An ssh_config file with what it includes. */
export interface SshConfigFile {
  readonly lines: readonly ConfigLine[];
  /** Every file that was read, and every folder in which further ones are looked for. */
  readonly watched: readonly string[];
  readonly stamp: string;
}

interface Reading {
  readonly home: string;
  /** Where relative paths of `Include` begin (ssh_config(5)). */
  readonly base: string;
  readonly watched: Set<string>;
}

async function readIfThere(path: string): Promise<string> {
  if (path === devNull) return '';
  try {
    return (await readRegularFile(path, MOST_BYTES)).data.toString('utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new ServonautError('config_invalid', {
      message: `The SSH configuration ${path} cannot be read.`,
      cause: error,
    });
  }
}

/** Keywords whose argument is a command: the rest of the line, and not words. */
const COMMANDS = new Set(['proxycommand', 'knownhostscommand', 'localcommand', 'remotecommand']);

/** Keywords whose words may be quoted in part, which the parser does not take apart. */
const ASSIGNMENTS = new Set(['sendenv', 'setenv']);

/** The words after the keyword, up to a comment. */
function wordsBehind(keyword: string, text: string): string[] {
  const [rest = ''] = text.slice(keyword.length).match(/^(?:"[^"]*"|[^"#])*/) ?? [];
  const words = rest.replace(/^\s*=/, '').match(/(?:"[^"]*"|[^\s"])+/g) ?? [];
  return words.map((word) => word.replaceAll('"', ''));
}

/** Null where the line is not understood. */
function parseLine(text: string): { keyword: string; words: readonly string[] } | null | undefined {
  try {
    const [first] = SSHConfig.parse(text.trim());
    if (!first || !('param' in first)) return undefined;
    const { param, value } = first;
    const keyword = param.toLowerCase();
    if (ASSIGNMENTS.has(keyword)) return { keyword, words: wordsBehind(keyword, text.trim()) };
    if (typeof value === 'string') return { keyword, words: [value] };
    if (!COMMANDS.has(keyword)) return { keyword, words: value.map(({ val }) => val) };
    const command = value.map(({ val, separator, quoted }) => `${separator}${quoted ? `"${val}"` : val}`).join('');
    return { keyword, words: [command.trim()] };
  } catch {
    // Some of its errors are of the language and not of the file.
    return null;
  }
}

async function linesOf(text: string, reading: Reading, depth: number): Promise<ConfigLine[]> {
  const lines: ConfigLine[] = [];
  let into = lines;
  for (const line of text.split(/\r?\n/)) {
    const parsed = parseLine(line);
    if (parsed === undefined) continue;
    const { keyword, words } = parsed ?? { keyword: MALFORMED, words: [] };
    const section: ConfigLine[] = [];
    const included = keyword === 'include' ? await includedFiles(words, reading, depth) : [];
    const isSection = keyword === 'host' || keyword === 'match';
    (isSection ? lines : into).push({ keyword, words, section, included });
    if (isSection) into = section;
  }
  return lines;
}

/** What `Include` finds in the home folder of a user, which Node cannot look up. */
const NOT_FOUND: ConfigLine = {
  keyword: MALFORMED,
  words: ['Include of a path in the home folder of a user (~user)'],
  section: [],
  included: [],
};

async function includedFiles(words: readonly string[], reading: Reading, depth: number): Promise<ConfigLine[][]> {
  const files: ConfigLine[][] = [];
  for (const word of words) {
    if (HOME_OF_USER.test(word)) files.push([NOT_FOUND]);
    const given = expandHome(word, reading.home);
    const pattern = isAbsolute(given) ? given : join(reading.base, given);
    reading.watched.add(dirname(pattern));
    for (const path of globSync(pattern).sort()) files.push(await fileLines(path, reading, depth + 1));
  }
  return files;
}

async function fileLines(path: string, reading: Reading, depth: number): Promise<ConfigLine[]> {
  if (depth > INCLUDE_DEPTH) {
    throw new ServonautError('config_invalid', {
      message: `The SSH configuration includes more than ${INCLUDE_DEPTH} deep.`,
    });
  }
  reading.watched.add(path);
  return linesOf(await readIfThere(path), reading, depth);
}

/**
 * @param base where relative paths of `Include` begin
 * @throws ServonautError `config_invalid` when a file that is there cannot be read, or includes nest too deep
 */
export async function readSshConfig(
  path: string,
  { home, base }: { home: string; base: string },
): Promise<SshConfigFile> {
  const reading = { home, base, watched: new Set<string>() };
  const lines = await fileLines(path, reading, 0);
  const watched = [...reading.watched];
  return { lines, watched, stamp: await filesStamp(watched) };
}
