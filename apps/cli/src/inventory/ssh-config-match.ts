import { ServonautError } from '@servonaut/contracts';
import { sshShell } from '../session/environment.ts';
import { runSsh } from './ssh-program.ts';
import { matchesWildcard } from './wildcard.ts';

/** What a `Host` or a `Match` is compared with. */
export interface MatchFacts {
  /** Inventory name, for errors. */
  readonly server: string;
  readonly host: string;
  readonly originalHost: string;
  readonly user: string;
  readonly localUser: string;
  readonly isFinal: boolean;
  /** Runs a command of `Match exec`; answers whether it went well. */
  exec(command: string): Promise<boolean>;
}

/** Patterns of which one has to fit, and none that begins with `!`. */
export function matchesPatterns(patterns: readonly string[], text: string): boolean {
  const fits = (pattern: string) => matchesWildcard(pattern, text);
  if (patterns.some((pattern) => pattern.startsWith('!') && fits(pattern.slice(1)))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && fits(pattern));
}

async function matchesCriterion(name: string, argument: () => string, facts: MatchFacts): Promise<boolean> {
  const isOneOf = (text: string) => matchesPatterns(argument().split(','), text);
  switch (name) {
    case 'all':
      return true;
    case 'canonical':
      return false;
    case 'final':
      return facts.isFinal;
    case 'host':
      return isOneOf(facts.host);
    case 'originalhost':
      return isOneOf(facts.originalHost);
    case 'user':
      return isOneOf(facts.user);
    case 'localuser':
      return isOneOf(facts.localUser);
    case 'exec':
      return facts.exec(argument());
    default:
      throw new ServonautError('ssh_config_unsupported', {
        message: `The SSH configuration of ${facts.server} has a Match by "${name}", which needs ssh(1).`,
        nextStep: 'Install ssh(1) on this machine.',
        facts: { option: 'Match' },
      });
  }
}

/** The criteria of a `Match` line, which all have to hold. Commands are not run once one does not. */
export async function matchesAll(words: readonly string[], facts: MatchFacts): Promise<boolean> {
  const left = [...words];
  let isMatch = true;
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    const isNegated = word.startsWith('!');
    const name = word.slice(isNegated ? 1 : 0).toLowerCase();
    const takesNone = ['all', 'canonical', 'final'].includes(name);
    const argument = takesNone ? '' : (left.shift() ?? '');
    if (!isMatch) continue;
    isMatch = (await matchesCriterion(name, () => argument, facts)) !== isNegated;
  }
  return isMatch;
}

/** Runs a command as ssh(1) does for `Match exec`. */
export async function runMatchCommand(command: string, timeoutMs: number): Promise<boolean> {
  const answer = await runSsh(sshShell(), ['-c', command], timeoutMs);
  return answer?.exitCode === 0;
}
