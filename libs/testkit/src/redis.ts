import { randomBytes } from 'node:crypto';
import { requireProgram } from './find-program.ts';
import { freePort } from './free-port.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { startProcess, type TestProcess } from './test-process.ts';

export interface RedisOptions {
  /** Keeps the data over `restart` and `kill`, by writing every change to disk at once. */
  readonly persistent?: boolean;
}

export interface TestRedis {
  /** With its password, so that tests see whether a URL is redacted in logs and errors. */
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
  /** SIGKILL, as when the machine dies. `restart` brings it back. */
  kill(): Promise<void>;
  /** SIGSTOP, as when the machine hangs: what is sent to it meanwhile is done after `thaw`, though nobody may wait for it any more. */
  freeze(): void;
  thaw(): void;
  /** Starts again on the same port, empty unless `persistent`. */
  restart(): Promise<void>;
}

/** Starts redis-server on a free loopback port. */
export async function startRedis({ persistent = false }: RedisOptions = {}): Promise<TestRedis> {
  const port = await freePort();
  const password = randomBytes(12).toString('hex');
  const config = redisConfig(port, password, await temporaryFolder(), persistent);
  let server = await launch(config);
  const stop = async (): Promise<void> => void (await server.stop());
  const kill = async (): Promise<void> => {
    server.kill('SIGKILL');
    await server.exited;
  };
  const restart = async (): Promise<void> => {
    await stop();
    server = await launch(config);
  };
  const freeze = (): void => server.kill('SIGSTOP');
  const thaw = (): void => server.kill('SIGCONT');
  return { url: `redis://:${password}@127.0.0.1:${port}`, port, stop, kill, freeze, thaw, restart };
}

function redisConfig(port: number, password: string, folder: string, persistent: boolean): string {
  return `port ${port}
bind 127.0.0.1
requirepass ${password}
dir "${folder}"
save ""
appendonly ${persistent ? 'yes' : 'no'}
appendfsync always
`;
}

/** "-" makes Redis read its configuration from stdin, which keeps the password out of the list of processes. */
function launch(config: string): Promise<TestProcess> {
  return startProcess({
    command: requireProgram('redis-server'),
    args: ['-'],
    stdin: config,
    ready: /Ready to accept connections/,
  });
}
