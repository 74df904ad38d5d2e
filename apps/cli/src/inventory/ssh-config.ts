import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ServonautError, serverNameSchema } from '@servonaut/contracts';
import SSHConfig from 'ssh-config';
import { readSshConfig } from './ssh-config-file.ts';
import type { SshOptions } from './ssh-options.ts';

const run = promisify(execFile);

/** `ssh -G` may run `Match exec` commands of the operator's; none of them may hold up a connect for longer. */
const RESOLVE_TIMEOUT_MS = 5_000;

/** Files that `ssh` reads besides the operator's own. A change of the folder's time shows files that come and go. */
const SYSTEM_FILES = ['/etc/ssh/ssh_config', '/etc/ssh/ssh_config.d'];

export interface SshConfigOptions {
  readonly home: string;
  /** Another file than `~/.ssh/config`; the system's is then not read, as with `ssh -F`. */
  readonly path?: string | undefined;
  /** The operator's ssh(1). Where there is none, the file is read by ourselves. */
  readonly program?: string;
}

interface Resolved {
  readonly stamp: string;
  readonly options: SshOptions;
}

/** `key value` lines as `ssh -G` prints them. */
function parseResolved(text: string): SshOptions {
  const options = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, name, value] = /^(\S+) (.*)$/.exec(line.trimEnd()) ?? [];
    const key = name?.toLowerCase();
    if (key !== undefined && value !== undefined) options.set(key, [...(options.get(key) ?? []), value]);
  }
  // Done already: the host name is the canonical one.
  options.delete('canonicalizehostname');
  return options;
}

function concreteNames(text: string): string[] {
  const names = text.split('\n').flatMap((line) => {
    const argument = /^\s*host(?:\s+|\s*=\s*)(.+)$/i.exec(line)?.[1] ?? '';
    return (argument.match(/"[^"]*"|[^\s#]\S*|#.*$/g) ?? []).map((word) => word.replace(/^"|"$/g, ''));
  });
  return [...new Set(names.filter((name) => serverNameSchema.safeParse(name).success))];
}

/** `Match` may run commands, which listing names is no reason for. A `HostName` from there makes no alias. */
function withoutMatches(text: string): SSHConfig {
  const config = SSHConfig.parse(text);
  const kept = config.filter((line) => !('param' in line && line.param.toLowerCase() === 'match'));
  config.splice(0, config.length, ...kept);
  return config;
}

/** An IP address, or a name with a dot that is its own `HostName`: one that DNS knows, and not an alias of the operator's. */
function isAddress(name: string, config: SSHConfig): boolean {
  if (isIP(name)) return true;
  if (!name.includes('.')) return false;
  const hostName = optionsFrom(config, name).get('hostname')?.[0] ?? name;
  return hostName.replaceAll('%h', name).toLowerCase() === name.toLowerCase();
}

async function modified(path: string): Promise<string> {
  try {
    return `${path}:${(await stat(path)).mtimeMs}`;
  } catch {
    return `${path}:none`;
  }
}

/** The operator's ssh_config: which hosts it names, and what holds for one of them. */
export class SshConfig {
  readonly #options: SshConfigOptions;
  readonly #path: string;
  readonly #program: string;
  readonly #resolved = new Map<string, Resolved>();

  constructor(options: SshConfigOptions) {
    this.#options = options;
    this.#path = options.path ?? join(options.home, '.ssh', 'config');
    this.#program = options.program ?? 'ssh';
  }

  /** Concrete names on `Host` lines, in order: no patterns, and none that could not be a server's name. */
  async names(): Promise<string[]> {
    return concreteNames((await this.#read()).text);
  }

  /** The names that say nothing of where the machine is, and so may leave this one. */
  async aliases(): Promise<string[]> {
    const { text } = await this.#read();
    const config = withoutMatches(text);
    return concreteNames(text).filter((name) => !isAddress(name, config));
  }

  /**
   * What ssh(1) would use for `name`; asked once until a file changes.
   * @param server what errors call it, since they may go to an agent, and `name` may be an address
   * @throws ServonautError `config_invalid` when ssh refuses the configuration
   */
  async resolve(name: string, server = name): Promise<SshOptions> {
    const { text, files } = await this.#read();
    const watched = this.#options.path === undefined ? [...files, ...SYSTEM_FILES] : files;
    const stamp = (await Promise.all(watched.map(modified))).join('\n');
    const cached = this.#resolved.get(name);
    if (cached?.stamp === stamp) return cached.options;
    const options = (await this.#ask(name, server)) ?? optionsFrom(SSHConfig.parse(text), name);
    this.#resolved.set(name, { stamp, options });
    return options;
  }

  #read() {
    return readSshConfig(this.#path, this.#options.home);
  }

  /** Nothing when there is no ssh on this machine. */
  async #ask(name: string, server: string): Promise<SshOptions | undefined> {
    const file = this.#options.path === undefined ? [] : ['-F', this.#options.path];
    try {
      const { stdout } = await run(this.#program, ['-G', ...file, '--', name], { timeout: RESOLVE_TIMEOUT_MS });
      return parseResolved(stdout);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new ServonautError('config_invalid', {
        message: `The SSH configuration of ${server} is not valid.`,
        nextStep: 'Run "ssh -G" with the name or address of the server: it says what is wrong.',
        detail: String((error as { stderr?: unknown }).stderr ?? error),
        cause: error,
      });
    }
  }
}

function optionsFrom(config: SSHConfig, name: string): SshOptions {
  const computed = config.compute(name);
  return new Map(
    Object.entries(computed).map(([key, value]) => [key.toLowerCase(), Array.isArray(value) ? value : [value]]),
  );
}
