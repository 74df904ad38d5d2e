import { ServonautError, type ErrorCode } from '@servonaut/contracts';
import type { SshTarget } from '../../inventory/server.ts';
import { jumpHostName, onTheWay } from '../route/on-the-way.ts';
import { noneAccepted } from '../ssh-failure.ts';

interface Meaning {
  /** In what ssh(1) says on stderr, in English whatever the locale. */
  readonly said: RegExp;
  readonly code: ErrorCode;
  readonly message: (name: string, hindrances: readonly string[]) => string;
  readonly nextStep?: (name: string) => string;
}

const unreachable = (said: RegExp, reason: string): Meaning => ({
  said,
  code: 'server_unreachable',
  message: (name) => `${name} could not be reached: ${reason}.`,
});

/** The first that fits counts. What ssh(1) said stays on this machine: it names addresses, users and files. */
const MEANINGS: readonly Meaning[] = [
  unreachable(/stdio forwarding failed/, 'its jump host could not connect to it'),
  {
    said: /IDENTIFICATION HAS CHANGED|Offending .* key/,
    code: 'host_key_changed',
    message: (name) => `The host key of ${name} is not the one on record.`,
  },
  {
    said: /REVOKED HOST KEY|host key .* revoked|has been revoked|revoked key/i,
    code: 'host_key_changed',
    message: (name) => `The host key of ${name} is marked as revoked.`,
  },
  {
    said: /host key is known|Host key verification failed/,
    code: 'host_key_unknown',
    message: (name) => `The host key of ${name} is not known.`,
    nextStep: (name) => `Compare its fingerprint with the server's own: run "servonaut servers trust ${name}".`,
  },
  {
    said: /Permission denied|Too many authentication failures|No more authentication methods/,
    code: 'ssh_auth_failed',
    message: noneAccepted,
  },
  {
    said: /Bad configuration option|Bad owner or permissions|terminating, \d+ bad|keyword .* extra arguments|Can't open user config/,
    code: 'config_invalid',
    message: (name) => `ssh(1) does not take the SSH configuration of ${name}.`,
    nextStep: () => 'Run "ssh" with the name of the server: it says what is wrong.',
  },
  {
    said: /timed out/,
    code: 'connect_timeout',
    message: (name) => `${name} did not answer in time.`,
  },
  unreachable(/Connection refused/, 'the connection was refused'),
  unreachable(/No route to host/, 'there is no route to it'),
  unreachable(/Network is unreachable/, 'the network is not reachable'),
  unreachable(/Could not resolve hostname/, 'its name does not resolve'),
  unreachable(/no matching .* found/, 'it offers no algorithm that is allowed'),
  unreachable(/Connection reset/, 'the connection was reset'),
];

/** Status of a shell that found no such program (POSIX, Shell Command Language 2.8.2). */
const NOT_FOUND = 127;

const meaningOf = (said: string) => MEANINGS.find(({ said: words }) => words.test(said));

function failureOf(name: string, said: string, hindrances: readonly string[] = []): ServonautError {
  const { code, message, nextStep } = meaningOf(said) ?? unreachable(/$/, 'ssh(1) could not connect');
  return new ServonautError(code, {
    message: message(name, hindrances),
    ...(nextStep && { nextStep: nextStep(name) }),
    detail: said.trim(),
  });
}

/** What an ssh(1) says only because the one that it speaks over has ended, or goes on to wait for it. */
const CONSEQUENCE = /^.*(?:UNKNOWN port|kex_exchange_identification|banner exchange).*$/gm;

/** Said on the way to one machine of the fault of the next one. */
const NEXT_FAILED = /stdio forwarding failed/;

/** The last machine of the way that a fault is known of: those behind it were not reached, and those before it let it through. */
function faultOnTheWay(said: readonly string[]): { readonly stop: number; readonly own: string } | undefined {
  for (const [stop, text] of [...said.entries()].toReversed()) {
    const own = stop === 0 ? text : text.replace(CONSEQUENCE, '');
    if (NEXT_FAILED.test(own)) return { stop: stop + 1, own };
    if (meaningOf(own)) return { stop, own };
  }
  return undefined;
}

/** What is known of an ssh(1) that has ended before there was a connection. */
export interface OpensshEnd {
  /** What it has said on stderr. */
  readonly complaint: string;
  /** What those to the jump hosts have said, in their order. */
  readonly hops: readonly string[];
  readonly status: number | null;
  /** Of each jump host, and of the server: why keys may not have been offered. */
  readonly hindrances?: readonly (readonly string[])[];
}

/** Why it has ended, as one of our errors. @param name of the server in the inventory */
export function opensshFailure(
  name: string,
  { jumps }: Pick<SshTarget, 'jumps'>,
  { complaint, hops, status, hindrances = [] }: OpensshEnd,
): ServonautError {
  if (status === NOT_FOUND) {
    return new ServonautError('ssh_config_unsupported', {
      message: `${name} can only be reached by ssh(1), which this machine does not have.`,
      nextStep: 'Install the OpenSSH client.',
      detail: complaint.trim(),
      facts: { option: 'ssh_strategy' },
    });
  }
  const { stop, own } = faultOnTheWay([...hops, complaint]) ?? { stop: hops.length, own: complaint };
  const jump = jumps[stop];
  return jump
    ? onTheWay(name, failureOf(jumpHostName(jump), own, hindrances[stop]))
    : failureOf(name, own, hindrances[stop]);
}
