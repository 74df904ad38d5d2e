import { createHash } from 'node:crypto';
import { ServonautError } from '@servonaut/contracts';
import { LAUNCHER, RUNNER } from './detached-scripts.ts';
import { rawShell, sh } from './sh.ts';
import type { ShellCommand } from './shell-command.ts';

/** A command that goes on by itself. */
export interface DetachedJob {
  /** 32 hexadecimal digits that nobody can guess; the folder of its state is `~/.servonaut/jobs/ID`. */
  readonly id: string;
  /** `ToolContext.caller`; undefined for the operator. */
  readonly owner: string | undefined;
  /** Letters, digits and `._-`; may be empty. */
  readonly name: string;
  /** For how many hours after its end its state and output are kept. */
  readonly keepHours: number;
  /** How many jobs of `owner` may run on the account at once, with this one. */
  readonly mostRunning: number;
}

/** No value in it can be anything but a part of one shell word. */
const HEADER =
  /^job=([0-9a-f]{32}) owner=([0-9a-f]{64}|-) name=([A-Za-z0-9._-]{0,64}) keep=([1-9][0-9]{0,3}) most=([1-9][0-9]{0,2}) digest=[0-9a-f]{64}\n/;

/**
 * The command in a session of its own, which survives the connection and the executor: `/bin/sh` reads it, its standard input is empty, and the newest
 * part of its output is kept in files. The executor knows it in this form as a `CallerCommand` that is `detached`. Exits as soon as it has started;
 * otherwise with one of `DETACHED_FAULTS`.
 * @throws ServonautError `tool_failed` for a job that cannot be written into a command
 */
export function detached(
  command: ShellCommand,
  { id, owner = '-', name, keepHours, mostRunning }: DetachedJob,
): ShellCommand {
  const digest = createHash('sha256').update(command.text).digest('hex');
  const header = `job=${id} owner=${owner} name=${name} keep=${keepHours} most=${mostRunning} digest=${digest}\n`;
  if (!HEADER.test(header)) throw new ServonautError('tool_failed', { message: 'The job is not valid.' });
  return sh`${rawShell(header)}command=${command.text}
runner=${RUNNER}
${rawShell(LAUNCHER)}`;
}

/** What a text says of the job that it would start. It proves nothing: compare the text with what `detached` makes of it. */
export function detachedJob(text: string): DetachedJob | undefined {
  const [, id, owner, name, keepHours, mostRunning] = HEADER.exec(text) ?? [];
  if (id === undefined || name === undefined) return undefined;
  const numbers = { keepHours: Number(keepHours), mostRunning: Number(mostRunning) };
  return { id, owner: owner === '-' ? undefined : owner, name, ...numbers };
}
