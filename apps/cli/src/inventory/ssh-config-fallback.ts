import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { ServonautError } from '@servonaut/contracts';
import { MALFORMED, type ConfigLine } from './ssh-config-file.ts';
import { matchesAll, matchesPatterns, runMatchCommand } from './ssh-config-match.ts';
import type { SshAsk } from './ssh-ask.ts';
import type { SshOptions } from './ssh-options.ts';
import { expandCommand, expandPath, expandTokens, tokensFor, type Tokens } from './ssh-tokens.ts';
import { matchesWildcard } from './wildcard.ts';

/** What our own reading of ssh_config, which is used where there is no ssh(1), does otherwise than ssh(1). Everything else is the same. */
export const FALLBACK_DIFFERENCES = {
  canonical: 'CanonicalizeHostname stops the connect; Match canonical never matches.',
  criteria: 'A Match by localnetwork, tagged, sessiontype, command or version stops the connect.',
  homes: 'A path in the home folder of a user (~user) stops the connect, also in an Include.',
  system: 'The files below /etc/ssh are not read.',
  words: 'A # begins a comment wherever it stands outside of double quotes, and single quotes are not quotes.',
  unknown: 'Options that it does not know are skipped, as if IgnoreUnknown named them.',
  defaults: 'Without IdentityFile the keys id_ed25519, id_ecdsa and id_rsa are tried, in this order.',
  algorithms: 'Changes to a default list of algorithms (+, -, ^) are changes to the list of Servonaut.',
} as const;

/** Options that are added up; of all others the first one holds. */
const REPEATED = new Set(['identityfile', 'certificatefile']);

/** Options with several arguments. */
const LISTS = new Set(['userknownhostsfile', 'globalknownhostsfile', 'setenv']);

/** `SendEnv` adds patterns, and with a `-` takes those away that were there. */
const withPattern = (patterns: readonly string[], word: string): readonly string[] =>
  word.startsWith('-') ? patterns.filter((pattern) => !matchesWildcard(word.slice(1), pattern)) : [...patterns, word];

export interface FallbackOptions {
  /** Inventory name, for errors. */
  readonly server: string;
  readonly account: { readonly home: string; readonly user: string };
  /** Milliseconds that a command of `Match exec` may take; undefined where none is to be run, and none matches. */
  readonly timeoutMs: number | undefined;
}

/** One host's options while the lines are gone through. */
class Reading {
  readonly values = new Map<string, string[]>();
  readonly #options: FallbackOptions;
  readonly #name: string;
  #isFinal = false;
  #asksForFinal = false;

  constructor(ask: SshAsk, options: FallbackOptions) {
    this.#options = options;
    const at = ask.destination.lastIndexOf('@');
    this.#name = ask.destination.slice(at + 1);
    const given = {
      hostname: ask.host,
      user: ask.user ?? (at > 0 ? ask.destination.slice(0, at) : undefined),
      port: ask.port?.toString(),
      proxyjump: ask.jump,
    };
    for (const [keyword, value] of Object.entries(given)) if (value !== undefined) this.values.set(keyword, [value]);
  }

  async read(lines: readonly ConfigLine[]): Promise<void> {
    await this.#lines(lines);
    if (!this.#asksForFinal) return;
    this.#isFinal = true;
    await this.#lines(lines);
  }

  get hasHostName(): boolean {
    return this.values.has('hostname');
  }

  get host(): string {
    const host = expandTokens(this.#one('hostname') ?? this.#name, { '%': '%', h: this.#name });
    return isIP(host) ? host : host.toLowerCase();
  }

  tokens(): Tokens {
    const { home, user: localUser } = this.#options.account;
    const user = this.#one('user') ?? localUser;
    const facts = { host: this.host, port: this.#port, user, name: this.#name, home, localUser };
    const tokens = tokensFor({ ...facts, hostKeyAlias: this.#one('hostkeyalias')?.toLowerCase() });
    const text = [tokens['l'], tokens['h'], tokens['p'], tokens['r']].join('');
    return { ...tokens, C: createHash('sha1').update(text).digest('hex') };
  }

  get #port(): number {
    const port = Number(this.#one('port') ?? 22);
    if (Number.isInteger(port) && port > 0 && port <= 65_535) return port;
    throw this.#invalid('Port');
  }

  #one(keyword: string): string | undefined {
    return this.values.get(keyword)?.[0];
  }

  #invalid(what: string): ServonautError {
    return new ServonautError('config_invalid', {
      message: `The SSH configuration of ${this.#options.server} is not valid: ${what}.`,
    });
  }

  async #lines(lines: readonly ConfigLine[]): Promise<void> {
    for (const line of lines) await this.#line(line);
  }

  async #line({ keyword, words, section, included }: ConfigLine): Promise<void> {
    switch (keyword) {
      case MALFORMED:
        throw this.#invalid(words[0] ?? 'a line is not understood');
      case 'host':
        if (matchesPatterns(words, this.#isFinal ? this.host : this.#name)) await this.#lines(section);
        break;
      case 'match':
        if (await this.#matches(words)) await this.#lines(section);
        break;
      case 'include':
        for (const file of included) await this.#lines(file);
        break;
      default:
        this.#set(keyword, words);
    }
  }

  #matches(words: readonly string[]): Promise<boolean> {
    this.#asksForFinal ||= words.some((word) => /^!?final$/i.test(word));
    const { server, account, timeoutMs } = this.#options;
    return matchesAll(words, {
      server,
      host: this.host,
      originalHost: this.#name,
      user: this.#one('user') ?? account.user,
      localUser: account.user,
      isFinal: this.#isFinal,
      exec: async (command) =>
        timeoutMs !== undefined && runMatchCommand(expandCommand(command, this.tokens()), timeoutMs),
    });
  }

  #set(keyword: string, words: readonly string[]): void {
    const before: readonly string[] = this.values.get(keyword) ?? [];
    if (keyword === 'sendenv') {
      this.values.set(keyword, [...words.reduce(withPattern, before)]);
    } else if (REPEATED.has(keyword)) {
      this.values.set(keyword, [...new Set([...before, words[0] ?? ''])]);
    } else if (before.length === 0 && !this.#isOutdone(keyword)) {
      this.values.set(keyword, LISTS.has(keyword) ? [...words] : [words.join(' ')]);
    }
  }

  /** Of a jump host and a proxy command the first one counts. `ProxyJump none` lets a proxy command be, and not the other way round. */
  #isOutdone(keyword: string): boolean {
    if (keyword === 'proxyjump') return this.values.has('proxycommand');
    return keyword === 'proxycommand' && (this.#one('proxyjump') ?? 'none').toLowerCase() !== 'none';
  }
}

/** The `HostName` of a name by lines of which none is a `Match`, or the name itself. */
export async function hostNameOf(name: string, lines: readonly ConfigLine[]): Promise<string> {
  const reading = new Reading(
    { destination: name },
    { server: name, account: { home: '', user: '' }, timeoutMs: undefined },
  );
  await reading.read(lines);
  return reading.hasHostName ? reading.host : name;
}

/** Options whose paths `ssh -G` prints as they are in the end. */
function expanded(value: string, tokens: Tokens): string {
  const isName = value.startsWith('$') && !value.startsWith('${');
  return isName || ['none', 'yes', 'no', 'true', 'false', 'SSH_AUTH_SOCK'].includes(value)
    ? value
    : expandPath(value, tokens);
}

/**
 * The options of one host in the form in which `ssh -G` prints them.
 * @throws ServonautError `config_invalid`, or `ssh_config_unsupported` for what only ssh(1) can tell
 */
export async function readOptions(
  ask: SshAsk,
  lines: readonly ConfigLine[],
  options: FallbackOptions,
): Promise<SshOptions> {
  const reading = new Reading(ask, options);
  await reading.read(lines);
  const tokens = reading.tokens();
  const values = new Map<string, readonly string[]>(reading.values);
  for (const keyword of ['userknownhostsfile', 'identityagent', 'forwardagent']) {
    const given = values.get(keyword);
    if (given)
      values.set(
        keyword,
        given.map((value) => expanded(value, tokens)),
      );
  }
  const alias = values.get('hostkeyalias')?.[0];
  if (alias !== undefined) values.set('hostkeyalias', [alias.toLowerCase()]);
  values.set('hostname', [reading.host]);
  values.set('port', [tokens['p'] ?? '']);
  values.set('user', [tokens['r'] ?? '']);
  values.set('controlpath', [tokens['C'] ?? '']);
  return values;
}
