import { ServonautError } from '@servonaut/contracts';
import type { ExecResult, ShellCommand } from '@servonaut/plugin-sdk';
import { withLocalSftp, type Sftp } from '@servonaut/plugin-sdk/sftp';
import type { Server, SshTarget } from '../inventory/server.ts';
import { Deadline } from './deadline.ts';
import { Elevation } from './elevation.ts';
import { markedCommand } from './remote-command.ts';
import { RemoteRun, type RemoteRunEnd } from './remote-run.ts';
import type { RemoteExecOptions, RemoteShell, SftpOptions } from './remote-shell.ts';
import { SftpSession } from './sftp/sftp-session.ts';
import { stopRemote, type StopFault } from './remote-stop.ts';
import type { SshConnection } from './ssh-connection.ts';
import { BrokenOff, connectionLost, connectTimedOut, NotRun, startUnknown } from './ssh-failure.ts';
import { SshPool } from './ssh-pool.ts';
import type { SshSettings } from './ssh-settings.ts';
import { SudoAttempts } from './sudo-attempts.ts';

/** Connections on which a command may be tried: one that turns out to be gone before it was sent is replaced once. */
const MOST_CONNECTIONS = 2;

interface Times {
  readonly started: number;
  readonly connected: number;
}

interface Running {
  readonly connection: SshConnection;
  readonly run: RemoteRun;
  readonly elevation: Elevation | undefined;
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
    ...(end.kept !== undefined && { kept: end.kept }),
    binary: end.stdout.binary || end.stderr.binary,
    timedOut: stopped.timedOut,
    ...(stopped.stopFault !== undefined && { stopFault: stopped.stopFault }),
    durationMs: now - times.started,
    timings: { connect: times.connected - times.started, exec: now - times.connected },
  };
}

function cancelled(reason: ServonautError, soFar: ExecResult): BrokenOff {
  const { stopFault } = soFar;
  const message = stopFault === undefined ? reason.message : `${reason.message} On the server, ${stopFault}.`;
  return new BrokenOff(reason.code, { message, nextStep: reason.nextStep, cause: reason }, soFar);
}

/** A command that sudo did not start has no result, whichever way sudo ended. */
function throwIfNotStarted(elevation: Elevation | undefined, server: Server): void {
  const failure = elevation?.failure(server.name);
  if (failure) throw failure;
}

export interface ShellSecrets {
  /**
   * The password that sudo asks for on a server; undefined when there is none. Rejects when it is not known whether there is one, and with
   * `sudo_refused` when it is not for the machine that the target of the connection leads to.
   */
  readonly sudoPassword?: FindPassword;
}

type FindPassword = (server: string, target: SshTarget) => Promise<string | undefined>;

/** Runs commands over pooled connections. */
export class SshRemoteShell implements RemoteShell {
  readonly #settings: SshSettings;
  readonly #pool: SshPool;
  readonly #sudoPassword: FindPassword;
  readonly #attempts = new SudoAttempts();

  constructor(
    settings: SshSettings,
    pool = new SshPool(settings),
    { sudoPassword = async () => undefined }: ShellSecrets = {},
  ) {
    this.#settings = settings;
    this.#pool = pool;
    this.#sudoPassword = sudoPassword;
  }

  async exec(server: Server, command: ShellCommand, options: RemoteExecOptions): Promise<ExecResult> {
    const started = performance.now();
    const deadline = new Deadline(options.timeoutMs, options.signal, () =>
      connectTimedOut(server.name, options.timeoutMs),
    );
    try {
      const { connected, ...running } = await this.#startSomewhere(server, command, options, deadline);
      return await this.#finish(server, running, { options, deadline, times: { started, connected } });
    } finally {
      deadline.clear();
    }
  }

  #elevation(server: string, target: SshTarget): Elevation {
    return new Elevation(async () => {
      const password = await this.#sudoPassword(server, target);
      return password === undefined ? undefined : this.#attempts.begin({ server, user: target.user }, password);
    });
  }

  async sftp<Value>(server: Server, options: SftpOptions, use: (sftp: Sftp) => Promise<Value>): Promise<Value> {
    let isOpen = false;
    const deadline = new Deadline(options.timeoutMs, options.signal, () =>
      isOpen ? new ServonautError('timed_out') : connectTimedOut(server.name, options.timeoutMs),
    );
    try {
      const session = await this.#openSftp(server, deadline);
      isOpen = true;
      if (session === 'local') return await deadline.guard(withLocalSftp(use, { signal: deadline.signal }));
      try {
        return await deadline.guard(use(session.sftp));
      } finally {
        await session.close();
      }
    } finally {
      deadline.clear();
    }
  }

  close(): void {
    this.#pool.close();
  }

  async #openSftp(server: Server, deadline: Deadline): Promise<SftpSession | 'local'> {
    for (let tried = 1; ; tried++) {
      const connection = this.#pool.warm(server) ?? (await deadline.guard(this.#pool.connect(server)));
      if (connection.target.strategy === 'local') return 'local';
      try {
        return await SftpSession.open(connection, server.name, deadline);
      } catch (error) {
        if (!(error instanceof NotRun) || tried === MOST_CONNECTIONS) throw error;
      }
    }
  }

  /** A command that was not sent is not run twice by being sent again. */
  async #startSomewhere(
    server: Server,
    command: ShellCommand,
    options: RemoteExecOptions,
    deadline: Deadline,
  ): Promise<Running> {
    const { requestId, sudo = false } = options;
    const stdin = options.stdin === undefined ? 'empty' : 'given';
    for (let tried = 1; ; tried++) {
      const connection = this.#pool.warm(server) ?? (await deadline.guard(this.#pool.connect(server)));
      const connected = performance.now();
      const elevation = sudo ? this.#elevation(server.name, connection.target) : undefined;
      const line = elevation
        ? elevation.line(requestId, command.text, stdin, connection.loginShell)
        : markedCommand(requestId, command.text, stdin, connection.loginShell);
      let isSent = false;
      const onSent = (sent: boolean) => (isSent = sent);
      try {
        const run = await this.#start({ connection, elevation, onSent }, line, options, deadline);
        return { connection, run, elevation, connected };
      } catch (error) {
        if (isSent && (error as ServonautError).code === 'connect_timeout') throw startUnknown(server.name);
        if (!(error instanceof NotRun) || tried === MOST_CONNECTIONS) throw error;
      }
    }
  }

  async #start(
    where: Pick<Running, 'connection' | 'elevation'> & { readonly onSent: (isSent: boolean) => void },
    line: string,
    options: RemoteExecOptions,
    deadline: Deadline,
  ): Promise<RemoteRun> {
    const attach = (channel: ConstructorParameters<typeof RemoteRun>[0]) =>
      new RemoteRun(where.elevation?.over(channel) ?? channel, {
        maxOutput: Math.min(options.maxOutput ?? Infinity, this.#settings.ssh_max_output),
        lingerMs: this.#settings.ssh_linger_ms,
        stdin: options.stdin,
        consume: options.consume,
        onFault: (error) => deadline.fail(error),
        onOutput: options.onOutput,
        raw: options.raw,
        keeping: options.keeping,
        redaction: options.redaction,
      });
    const starting = where.connection.start(line, { attach, onSent: where.onSent }, deadline.signal);
    try {
      return await deadline.guard(starting);
    } catch (error) {
      if (deadline.signal.aborted) void this.#stopLateStart(starting, where, options.requestId);
      throw error;
    }
  }

  /** The call was over before the server had confirmed the start: what starts now must not go on. */
  async #stopLateStart(
    starting: Promise<RemoteRun>,
    where: Pick<Running, 'connection' | 'elevation'>,
    requestId: string,
  ): Promise<void> {
    const run = await starting.catch(() => undefined);
    if (!run) return;
    await stopRemote({ ...where, requestId, run, settings: this.#settings });
    where.connection.release();
  }

  async #finish(
    server: Server,
    running: Omit<Running, 'connected'>,
    call: { options: RemoteExecOptions; deadline: Deadline; times: Times },
  ): Promise<ExecResult> {
    const { options, deadline, times } = call;
    const { connection, run, elevation } = running;
    try {
      const first = await Promise.race([run.ended, deadline.passed]);
      if (typeof first === 'object') {
        if (!first.isReported && connection.isGone)
          throw connectionLost(server.name, execResult(first, times, { timedOut: false }));
        throwIfNotStarted(elevation, server);
        return execResult(first, times, { timedOut: false });
      }
      const stopFault = await stopRemote({ ...running, requestId: options.requestId, settings: this.#settings });
      const end = await run.ended;
      if (first === 'failed') throw deadline.signal.reason;
      if (first === 'cancelled') {
        const soFar = execResult(end, times, { timedOut: false, stopFault });
        throw cancelled(deadline.signal.reason as ServonautError, soFar);
      }
      throwIfNotStarted(elevation, server);
      return execResult(end, times, { timedOut: true, stopFault });
    } finally {
      connection.release();
    }
  }
}
