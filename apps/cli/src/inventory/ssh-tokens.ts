import { hostname } from 'node:os';
import { ServonautError } from '@servonaut/contracts';
import { sshVariable } from '../session/environment.ts';
import { expandHome } from './home-path.ts';

/** What the tokens of ssh_config(5) stand for, by their letters. */
export type Tokens = Readonly<Record<string, string>>;

export interface TokenFacts {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** As it was given to ssh(1). */
  readonly name: string;
  readonly hostKeyAlias: string | undefined;
  readonly home: string;
  readonly localUser: string;
}

function unknown(token: string): ServonautError {
  return new ServonautError('config_invalid', {
    message: `The SSH configuration holds ${token}, which stands for nothing.`,
    nextStep: 'Run "ssh" with the name of the server: it says where.',
  });
}

export function tokensFor({ host, port, user, name, hostKeyAlias, home, localUser }: TokenFacts): Tokens {
  const local = hostname();
  return {
    '%': '%',
    d: home,
    h: host,
    i: String(process.getuid?.() ?? ''),
    k: hostKeyAlias ?? name,
    L: local.replace(/\..*$/, ''),
    l: local,
    n: name,
    p: String(port),
    r: user,
    u: localUser,
  };
}

/** @throws ServonautError `config_invalid` for a token that stands for nothing */
export function expandTokens(text: string, tokens: Tokens): string {
  return text.replace(/%(.?)/g, (token, letter: string) => {
    const value = tokens[letter];
    if (value === undefined) throw unknown(`the token ${token}`);
    return value;
  });
}

/** What a shell would take for more than a part of a name. */
const OF_SHELLS = /['"`$\\;&<>|(){}\p{Cc}]/u;

/** By ssh(1)'s own rules, but that no user holds a `$`: one may be of a domain, as `DOMAIN\user`, and have spaces in between. */
function isSafe(token: string, value: string): boolean {
  if (value.startsWith('-')) return false;
  if (token === 'r') return !OF_SHELLS.test(value.replaceAll(/\\(?=.)/g, '')) && !/\s-/.test(value);
  return !OF_SHELLS.test(value) && !/\s/.test(value);
}

/** Those that somebody else than the operator may have named. */
const NAMED = 'hknr';

/**
 * A command that a shell will run. Whoever names servers in an inventory could write into it what that shell then does, so names are held to
 * what ssh(1) takes on its own command line, wherever they are from.
 * @throws ServonautError `config_invalid` as `expandTokens`, and for a name in it that is more than a name to a shell
 */
export function expandCommand(text: string, tokens: Tokens): string {
  for (const [token, letter = ''] of text.matchAll(/%(.?)/g)) {
    if (letter === '' || !NAMED.includes(letter) || isSafe(letter, tokens[letter] ?? '')) continue;
    throw new ServonautError('config_invalid', {
      message: `A command of the SSH configuration holds ${token}, in which a shell would see more than a name.`,
      nextStep: 'Give the server a host, a user and a HostKeyAlias without signs that mean something to a shell.',
    });
  }
  return expandTokens(text, tokens);
}

/** A path with `~`, tokens and `${VARIABLE}`s, in one go as ssh(1). @throws ServonautError `config_invalid` for what stands for nothing */
export function expandPath(path: string, tokens: Tokens): string {
  const text = expandHome(path, tokens['d'] ?? '');
  return text.replace(/%.?|\$\{([^}]*)\}/g, (found, variable: string | undefined) => {
    if (variable === undefined) return expandTokens(found, tokens);
    const value = sshVariable(variable);
    if (value === undefined) throw unknown(`the variable ${variable}`);
    return value;
  });
}
