import { stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { dirname, join } from 'node:path';
import { ServonautError, serverNameSchema } from '@servonaut/contracts';
import { filesStamp } from './file-stamp.ts';
import { Limited } from './limited.ts';
import { argumentsOf, type SshAsk } from './ssh-ask.ts';
import { hostNameOf, readOptions } from './ssh-config-fallback.ts';
import { MALFORMED, readSshConfig, type ConfigLine, type SshConfigFile } from './ssh-config-file.ts';
import { inTime } from '../ssh/deadline.ts';
import { DEFAULT_SSH_SETTINGS } from '../ssh/ssh-settings.ts';
import type { SshOptions } from './ssh-options.ts';
import { runSsh } from './ssh-program.ts';

const SYSTEM_FILE = '/etc/ssh/ssh_config';
const NEVER = new AbortController().signal;

export interface SshConfigOptions {
  readonly account: { readonly home: string; readonly user: string };
  /** Another file than `~/.ssh/config`; the system's is then not read, as with `ssh -F`. */
  readonly path?: string | undefined;
  /** The operator's ssh(1). Where there is none, the file is read by ourselves. */
  readonly program?: string;
  /** `ssh_config_timeout_ms` of the settings. */
  readonly timeoutMs?: number;
  /** `ssh_config_parallel` of the settings. */
  readonly parallel?: number;
}

interface Resolved {
  readonly options: SshOptions;
  readonly watched: readonly string[];
  readonly stamp: string;
  /** A command was run for it, or DNS was asked: the next time it may be another without any file having changed. */
  readonly isVolatile: boolean;
}

/** Paths of a list, which `ssh -G` prints without quotes: each begins with `/` or `~`. */
const pathList = (text: string): string[] => text.split(/ (?=[/~])/);

/** `key value` lines as `ssh -G` prints them. */
function parseResolved(text: string): SshOptions {
  const options = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, name, value] = /^(\S+) (.*)$/.exec(line) ?? [];
    const key = name?.toLowerCase();
    if (key === undefined || value === undefined) continue;
    const values = key.endsWith('knownhostsfile') ? pathList(value) : [value];
    options.set(key, [...(options.get(key) ?? []), ...values]);
  }
  return options;
}

function allLines(lines: readonly ConfigLine[]): ConfigLine[] {
  return lines.flatMap((line) => [line, ...allLines(line.section), ...line.included.flatMap(allLines)]);
}

/** An IP address, or a name with a dot that is its own `HostName`: one that DNS knows, and not an alias of the operator's. */
function isAddress(name: string, hostName: string): boolean {
  return isIP(name) !== 0 || (name.includes('.') && hostName.toLowerCase() === name.toLowerCase());
}

/** `Match` may run commands, which listing names is no reason for. A `HostName` from there makes no alias. */
function withoutMatches(lines: readonly ConfigLine[]): ConfigLine[] {
  return lines
    .filter(({ keyword }) => keyword !== 'match' && keyword !== MALFORMED)
    .map((line) => ({
      ...line,
      section: withoutMatches(line.section),
      included: line.included.map((file) => withoutMatches(file)),
    }));
}

/** The operator's ssh_config: which hosts it names, and what holds for one of them. */
export class SshConfig {
  readonly #options: SshConfigOptions;
  readonly #program: string;
  readonly #timeoutMs: number;
  readonly #limited: Limited;
  #file: SshConfigFile | undefined;
  #aliases: { readonly file: SshConfigFile; readonly names: readonly string[] } | undefined;
  readonly #resolved = new Map<string, Resolved>();
  readonly #resolving = new Map<string, Promise<Resolved>>();

  constructor(options: SshConfigOptions) {
    this.#options = options;
    this.#program = options.program ?? 'ssh';
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_SSH_SETTINGS.ssh_config_timeout_ms;
    this.#limited = new Limited(options.parallel ?? DEFAULT_SSH_SETTINGS.ssh_config_parallel);
  }

  /** Concrete names on `Host` lines, in order: no patterns, and none that could not be a server's name. */
  async names(): Promise<readonly string[]> {
    const { lines } = await this.#read();
    const hosts = allLines(lines).filter(({ keyword }) => keyword === 'host');
    const names = hosts.flatMap(({ words }) => words).filter((word) => serverNameSchema.safeParse(word).success);
    return [...new Set(names)];
  }

  /** The names that say nothing of where the machine is, and so may leave this one. */
  async aliases(): Promise<readonly string[]> {
    const file = await this.#read();
    if (this.#aliases?.file !== file) this.#aliases = { file, names: await this.#aliasesOf(file) };
    return this.#aliases.names;
  }

  async #aliasesOf(file: SshConfigFile): Promise<string[]> {
    const lines = withoutMatches(file.lines);
    const aliases: string[] = [];
    for (const name of await this.names()) {
      if (!isAddress(name, await hostNameOf(name, lines))) aliases.push(name);
    }
    return aliases;
  }

  /**
   * What ssh(1) would use; asked once until a file that it read changes.
   * @param server what errors call it, since they may go to an agent, and `ask` may hold an address
   * @param isWarm for a connection that there is already: commands of `Match exec` are not run anew
   * @throws ServonautError `config_invalid` when ssh refuses the configuration, or `ssh_config_unsupported`
   */
  async resolve(ask: SshAsk, server: string, isWarm = false): Promise<SshOptions> {
    const key = JSON.stringify(argumentsOf(ask));
    const kept = this.#resolved.get(key);
    if (kept && (isWarm || !kept.isVolatile) && (await filesStamp(kept.watched)) === kept.stamp) return kept.options;
    let resolving = this.#resolving.get(key);
    if (!resolving) {
      resolving = this.#limited.run(() => this.#resolveInTime(ask, server)).finally(() => this.#resolving.delete(key));
      this.#resolving.set(key, resolving);
    }
    const resolved = await resolving;
    this.#resolved.set(key, resolved);
    return resolved.options;
  }

  get #path(): string {
    return this.#options.path ?? join(this.#options.account.home, '.ssh', 'config');
  }

  async #read(): Promise<SshConfigFile> {
    const last = this.#file;
    if (last && (await filesStamp(last.watched)) === last.stamp) return last;
    const { home } = this.#options.account;
    return (this.#file = await readSshConfig(this.#path, { home, base: join(home, '.ssh') }));
  }

  /** Which files and folders a change of would matter, before they are read. */
  async #watched(): Promise<readonly string[]> {
    const { watched } = await this.#read();
    if (this.#options.path !== undefined) return watched;
    const system = await readSshConfig(SYSTEM_FILE, { home: this.#options.account.home, base: dirname(SYSTEM_FILE) });
    return [...watched, ...system.watched];
  }

  /** A disk that does not answer is to keep neither those who ask later nor other servers waiting. */
  #resolveInTime(ask: SshAsk, server: string): Promise<Resolved> {
    return inTime(
      2 * this.#timeoutMs,
      NEVER,
      () => tooLate(server),
      () => this.#resolve(ask, server),
    );
  }

  async #resolve(ask: SshAsk, server: string): Promise<Resolved> {
    const startedAt = Date.now();
    const watched = await this.#watched();
    const before = await filesStamp(watched);
    const answer = await this.#ask(ask, server);
    const read = [...watched, ...answer.read];
    const isTorn = (await filesStamp(watched)) !== before || (await changedSince(answer.read, startedAt));
    return { ...answer, watched: read, stamp: isTorn ? '' : await filesStamp(read) };
  }

  async #ask(ask: SshAsk, server: string): Promise<Pick<Resolved, 'options' | 'isVolatile'> & { read: string[] }> {
    const file = this.#options.path === undefined ? [] : ['-F', this.#options.path];
    // The hash of %C is what it prints for a path of that token.
    const args = ['-G', '-v', ...file, '-o', 'ControlPath=%C', ...argumentsOf(ask)];
    const answer = await runSsh(this.#program, args, this.#timeoutMs);
    if (!answer) return this.#readOurselves(ask, server);
    if (answer.exitCode !== 0) throw invalid(server, answer.stderr);
    const options = parseResolved(answer.stdout);
    const asksDns = !['no', 'false'].includes(options.get('canonicalizehostname')?.[0] ?? 'no');
    // Done already: the host name is the canonical one.
    return {
      options: new Map([...options].filter(([name]) => name !== 'canonicalizehostname')),
      isVolatile: asksDns || /^debug1: Executing command/m.test(answer.stderr),
      read: [...answer.stderr.matchAll(/^debug1: Reading configuration data (.+?)\r?$/gm)].map(
        ([, path]) => path ?? '',
      ),
    };
  }

  async #readOurselves(ask: SshAsk, server: string) {
    const { lines } = await this.#read();
    const { account } = this.#options;
    const options = await readOptions(ask, lines, { server, account, timeoutMs: this.#timeoutMs });
    const isVolatile = allLines(lines).some(({ words }) => words.some((word) => /^!?exec$/i.test(word)));
    return { options, isVolatile, read: [] };
  }
}

async function changedSince(paths: readonly string[], time: number): Promise<boolean> {
  const times = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => Infinity,
      ),
    ),
  );
  return times.some((changed) => changed > time);
}

function tooLate(server: string): ServonautError {
  return new ServonautError('config_invalid', {
    message: `The SSH configuration of ${server} was not read in time.`,
    nextStep: 'Find out which of its files, or which command of a Match exec, does not answer.',
  });
}

function invalid(server: string, complaint: string): ServonautError {
  return new ServonautError('config_invalid', {
    message: `The SSH configuration of ${server} is not valid.`,
    nextStep: 'Run "ssh -G" with the name or address of the server: it says what is wrong.',
    detail: complaint.replace(/^(debug1: |OpenSSH_).*\r?\n/gm, '').trim(),
  });
}
