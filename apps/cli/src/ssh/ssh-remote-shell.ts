import { ServonautError } from '@servonaut/contracts';
import type { ExecResult, ShellCommand } from '@servonaut/plugin-sdk';
import type { Server } from '../inventory/server.ts';
import { Deadline } from './deadline.ts';
import { markedCommand } from './remote-command.ts';
import { RemoteRun, type RemoteRunEnd } from './remote-run.ts';
import type { RemoteExecOptions, RemoteShell } from './remote-shell.ts';
import { stopRemote, type StopFault } from './remote-stop.ts';
import type { SshConnection } from './ssh-connection.ts';
import { connectionLost, connectTimedOut, NotRun } from './ssh-failure.ts';
import { SshPool } from './ssh-pool.ts';
import type { SshSettings } from './ssh-settings.ts';

/** Connections on which a command may be tried: one that turns out to be gone before it was sent is replaced once. */
const MOST_CONNECTIONS = 2;

interface Times {
  readonly started: number;
  readonly connected: number;
}

interface Running {
  readonly connection: SshConnection;
  readonly run: RemoteRun;
  /** When there was the connection, by `performance.now`. */
  readonly connected: number;
}

interface Stopped {
  readonly timedOut: boolean;
  readonly stopFault?: StopFault | undefined;
}

function execResult(end: RemoteRunEnd, times: Times, stopped: Stopped): ExecResult {
  const now = performance.now();
  return {
    exitCode: end.exitCode,
    signal: end.signal,
    stdout: end.stdout.text,
    stderr: end.stderr.text,
    stdoutBytes: end.stdout.bytes,
    stderrBytes: end.stderr.bytes,
    truncated: end.stdout.truncated || end.stderr.truncated,
    binary: end.stdout.binary || end.stderr.binary,
    timedOut: stopped.timedOut,
    ...(stopped.stopFault !== undefined && { stopFault: stopped.stopFault }),
    durationMs: now - times.started,
    timings: { connect: times.connected - times.started, exec: now - times.connected },
  };
}

function cancelled(reason: ServonautError, stopFault: StopFault | undefined): ServonautError {
  if (stopFault === undefined) return reason;
  return new ServonautError(reason.code, { message: `${reason.message} On the server, ${stopFault}.`, cause: reason });
}

/** Runs commands over pooled connections. */
export class SshRemoteShell implements RemoteShell {
  readonly #settings: SshSettings;
  readonly #pool: SshPool;

  constructor(settings: SshSettings, pool = new SshPool(settings)) {
    this.#settings = settings;
    this.#pool = pool;
  }

  async exec(server: Server, command: ShellCommand, options: RemoteExecOptions): Promise<ExecResult> {
    const started = performance.now();
    const deadline = new Deadline(options.timeoutMs, options.signal, () =>
      connectTimedOut(server.name, options.timeoutMs),
    );
    try {
      const { connection, run, connected } = await this.#startSomewhere(server, command, options, deadline);
      return await this.#finish(server, connection, run, { options, deadline, times: { started, connected } });
    } finally {
      deadline.clear();
    }
  }

  close(): void {
    this.#pool.close();
  }

  /** A command that was not sent is not run twice by being sent again. */
  async #startSomewhere(
    server: Server,
    command: ShellCommand,
    options: RemoteExecOptions,
    deadline: Deadline,
  ): Promise<Running> {
    const stdin = options.stdin === undefined ? 'empty' : 'given';
    for (let tried = 1; ; tried++) {
      const connection = this.#pool.warm(server) ?? (await deadline.guard(this.#pool.connect(server)));
      const connected = performance.now();
      const line = markedCommand(options.requestId, command.text, stdin, connection.loginShell);
      try {
        return { connection, run: await this.#start(connection, line, options, deadline), connected };
      } catch (error) {
        if (!(error instanceof NotRun) || tried === MOST_CONNECTIONS) throw error;
      }
    }
  }

  async #start(
    connection: SshConnection,
    line: string,
    options: RemoteExecOptions,
    deadline: Deadline,
  ): Promise<RemoteRun> {
    const attach = (channel: ConstructorParameters<typeof RemoteRun>[0]) =>
      new RemoteRun(channel, {
        maxOutput: Math.min(options.maxOutput ?? Infinity, this.#settings.ssh_max_output),
        lingerMs: this.#settings.ssh_linger_ms,
        stdin: options.stdin,
        onOutput: options.onOutput,
      });
    const starting = connection.start(line, attach, deadline.signal);
    try {
      return await deadline.guard(starting);
    } catch (error) {
      if (deadline.signal.aborted) void this.#stopLateStart(starting, connection, options.requestId);
      throw error;
    }
  }

  /** The call was over before the server had confirmed the start: what starts now must not go on. */
  async #stopLateStart(starting: Promise<RemoteRun>, connection: SshConnection, requestId: string): Promise<void> {
    const run = await starting.catch(() => undefined);
    if (!run) return;
    await stopRemote({ requestId, connection, run, settings: this.#settings });
    connection.release();
  }

  async #finish(
    server: Server,
    connection: SshConnection,
    run: RemoteRun,
    call: { options: RemoteExecOptions; deadline: Deadline; times: Times },
  ): Promise<ExecResult> {
    const { options, deadline, times } = call;
    try {
      const first = await Promise.race([run.ended, deadline.passed]);
      if (typeof first === 'object') {
        if (!first.isReported && connection.isGone) throw connectionLost(server.name);
        return execResult(first, times, { timedOut: false });
      }
      const stopFault = await stopRemote({ requestId: options.requestId, connection, run, settings: this.#settings });
      if (first === 'cancelled') throw cancelled(deadline.signal.reason as ServonautError, stopFault);
      return execResult(await run.ended, times, { timedOut: true, stopFault });
    } finally {
      connection.release();
    }
  }
}
