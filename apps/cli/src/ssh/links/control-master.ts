import { spawn, type ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ServonautError } from '@servonaut/contracts';
import type { SshTarget } from '../../inventory/server.ts';
import { operatorsVariables } from '../../session/environment.ts';
import { opensshHindrances } from '../locked-key-files.ts';
import { connectControl } from './control-socket.ts';
import { KEPT_COMPLAINT, takeHopLogs } from './hop-logs.ts';
import { masterArguments, type KeepAlive } from './openssh-arguments.ts';
import { opensshFailure } from './openssh-failure.ts';

/**
 * Runs ssh(1) and stays beside it: it ends when we do, by whatever, since our end of the pipe then closes. In the background, where an interrupt
 * from the terminal does not reach it.
 */
const GUARD = `exec 3<&0
"$@" </dev/null 3<&- & ssh=$!
(read -r _ <&3; kill "$ssh") 2>/dev/null & guard=$!
exec 3<&-
wait "$ssh"; status=$?
kill "$guard" 2>/dev/null
exit "$status"`;

/** How long ssh(1) may take to end after TERM, in milliseconds. */
const TERMINATE_MS = 1_000;
/** Time between two looks whether a master listens, in milliseconds. */
const LOOK_MS = 15;

/** The operator's ssh(1) as the master of one connection. */
export class ControlMaster {
  readonly #name: string;
  readonly #target: SshTarget;
  readonly #path: string;
  readonly #guard: ChildProcess;
  readonly #ended: Promise<void>;
  #complaint = '';
  /** Why it has ended, once it has. */
  #failure: ServonautError | undefined;
  #isEnding = false;

  /** @param name inventory name of the server, for errors @param path where its socket will be */
  constructor(name: string, target: SshTarget, path: string, times: KeepAlive) {
    this.#name = name;
    this.#target = target;
    this.#path = path;
    this.#guard = spawn('/bin/sh', ['-c', GUARD, 'sh', 'ssh', ...masterArguments(target, path, times)], {
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe'],
      env: operatorsVariables(),
    });
    this.#guard.stderr?.on('data', (chunk: Buffer) => {
      this.#complaint = (this.#complaint + chunk.toString('utf8')).slice(-KEPT_COMPLAINT);
    });
    this.#ended = new Promise((resolve) => {
      const end = (failure: ServonautError) => {
        this.#failure = failure;
        resolve();
      };
      const broken = (cause: Error) => end(new ServonautError('internal', { detail: cause.message, cause }));
      this.#guard.once('error', broken);
      this.#guard.once('close', (status) => void this.#reason(status).then(end, broken));
    });
  }

  /** In the time that ssh(1) gives itself. @throws ServonautError as `opensshFailure`, or the reason of `signal` */
  async connect(signal: AbortSignal): Promise<Socket> {
    while (!this.#failure) {
      signal.throwIfAborted();
      const socket = await connectControl(this.#path);
      if (socket) {
        // Those who write to them go on without their names.
        await takeHopLogs(this.#path, this.#target.jumps.length);
        return socket;
      }
      await Promise.race([delay(LOOK_MS), this.#ended]);
    }
    throw this.#failure;
  }

  /** Ends it, if it has not ended, and whatever it has started. */
  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    void this.#terminate();
  }

  async #reason(status: number | null): Promise<ServonautError> {
    const { jumps } = this.#target;
    const [hops, hindrances] = await Promise.all([
      takeHopLogs(this.#path, jumps.length),
      opensshHindrances(this.#target),
    ]);
    return opensshFailure(this.#name, this.#target, { complaint: this.#complaint, hops, status, hindrances });
  }

  async #terminate(): Promise<void> {
    this.#signal('SIGTERM');
    const timer = setTimeout(() => this.#signal('SIGKILL'), TERMINATE_MS).unref();
    await this.#ended;
    clearTimeout(timer);
    // It is gone when ssh(1) had the time; what cannot be removed now, the next start looks at again.
    await rm(this.#path, { force: true }).catch(() => undefined);
  }

  /** All of its group, which is of its own. */
  #signal(signal: NodeJS.Signals): void {
    if (this.#guard.pid === undefined || this.#failure) return;
    try {
      process.kill(-this.#guard.pid, signal);
    } catch (error) {
      // Nobody is left.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
