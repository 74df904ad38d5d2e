import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { ServonautError } from '@servonaut/contracts';
import { expandHome } from './home-path.ts';

/** ssh(1) follows includes 16 deep. */
const INCLUDE_DEPTH = 16;

/** An ssh_config file with its includes in place. */
export interface SshConfigText {
  readonly text: string;
  /** Every file that was read, for noticing changes. */
  readonly files: readonly string[];
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new ServonautError('config_invalid', {
      message: `The SSH configuration ${path} cannot be read.`,
      cause: error,
    });
  }
}

/** Paths of one `Include` line: patterns, relative ones to `~/.ssh` (ssh_config(5)). */
function includedPaths(argument: string, home: string): string[] {
  const patterns = argument.match(/"[^"]*"|\S+/g) ?? [];
  return patterns.flatMap((quoted) => {
    const pattern = expandHome(quoted.replace(/^"|"$/g, ''), home);
    return globSync(isAbsolute(pattern) ? pattern : join(home, '.ssh', pattern)).sort();
  });
}

/** @throws ServonautError `config_invalid` when a file that is there cannot be read, or includes nest too deep */
export async function readSshConfig(path: string, home: string, depth = 0): Promise<SshConfigText> {
  if (depth > INCLUDE_DEPTH) {
    throw new ServonautError('config_invalid', {
      message: `The SSH configuration includes more than ${INCLUDE_DEPTH} deep.`,
    });
  }
  const lines: string[] = [];
  const files = [path];
  for (const line of (await readIfThere(path)).split('\n')) {
    const include = /^\s*include(?:\s+|\s*=\s*)(.+)$/i.exec(line)?.[1];
    if (include === undefined) {
      lines.push(line);
      continue;
    }
    for (const included of includedPaths(include, home)) {
      const inner = await readSshConfig(included, home, depth + 1);
      lines.push(inner.text);
      files.push(...inner.files);
    }
  }
  return { text: lines.join('\n'), files };
}
