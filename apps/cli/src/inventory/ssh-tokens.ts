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
