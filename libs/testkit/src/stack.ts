import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { startProcess, type ProcessEnd, type TestProcess } from './test-process.ts';
import { waitFor } from './wait-for.ts';

const repository = new URL('../../../', import.meta.url).pathname;
const COORDINATOR_MAIN = join(repository, 'apps/api/dist/main.js');
const CLI_MAIN = join(repository, 'apps/cli/bin/run.js');

/** What the coordinator writes to `bootstrap.json` on its first start. */
export interface Bootstrap {
  readonly url: string;
  readonly admin_token: string;
  readonly user_id: string;
  readonly executor_token: string;
  readonly agent_token: string;
  readonly invitation_url: string;
}

export interface CoordinatorOptions {
  /** Kept across restarts when given; a temporary one otherwise. */
  readonly dataDir?: string;
  readonly port?: number;
  /** Settings of docs/configuration.md, such as `DATABASE_URL`. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The built coordinator as a process of its own. */
export interface TestCoordinator {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  readonly process: TestProcess;
  bootstrap(): Bootstrap;
  stop(): Promise<ProcessEnd>;
}

/** Tests and measurements make the same call over and over, also when it is refused; who tests what becomes of that sets it again. */
const OFTEN = {
  ENTITLEMENTS_BREAKER_REPEATS: '0',
  // Of these, `device_poll` has devices told to ask each second.
  SERVONAUT_RATE_LIMITS: ['refused_calls', 'unsent_calls', 'unknown_requests', 'device_poll']
    .map((name) => `${name}=1000000/60`)
    .join(','),
};

/** Starts the coordinator from its build (`npm run build`) and waits until it says that it is ready. */
export async function startCoordinator(options: CoordinatorOptions = {}): Promise<TestCoordinator> {
  const port = options.port ?? (await freePort());
  const dataDir = options.dataDir ?? (await temporaryFolder());
  const url = `http://127.0.0.1:${port}`;
  const process = await startProcess({
    command: globalThis.process.execPath,
    args: [COORDINATOR_MAIN],
    env: {
      ...withoutSettings(),
      ...OFTEN,
      PORT: String(port),
      SERVONAUT_DATA_DIR: dataDir,
      LOG_LEVEL: 'info',
      ...options.env,
    },
  });
  const ended = process.exited.then((end) => {
    throw new Error(`the coordinator ended (${end.signal ?? end.code}):\n${process.output()}`);
  });
  await Promise.race([ended, waitFor(() => isReady(url), { what: `the coordinator at ${url}`, timeoutMs: 60_000 })]);
  ended.catch(() => undefined);
  return {
    url,
    port,
    dataDir,
    process,
    bootstrap: () => JSON.parse(readFileSync(join(dataDir, 'bootstrap.json'), 'utf8')) as Bootstrap,
    stop: () => process.stop(),
  };
}

/** Settings of the machine that runs the tests must not reach what is tested. */
function withoutSettings(): Record<string, undefined> {
  const settings = Object.keys(process.env).filter((name) =>
    /^(DATABASE_URL|REDIS_URL|MERCURE_|SERVONAUT_|RELAY_|MCP_|OAUTH_|AUDIT_|ENTITLEMENTS_|PUBLIC_URL|HOST$|https?_proxy$)/i.test(
      name,
    ),
  );
  return Object.fromEntries(settings.map((name) => [name, undefined]));
}

async function isReady(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/health/ready`).catch(() => undefined);
  return answer?.ok ?? false;
}

/** A server as `servers.yaml` has it. */
export interface TestServerEntry {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly identity_file: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface OperatorOptions {
  /** To log in to; without one the operator has no coordinator. */
  readonly url?: string;
  readonly token?: string;
  readonly servers: readonly TestServerEntry[];
  /** Lines of `~/.ssh/known_hosts`. */
  readonly knownHosts: readonly string[];
  readonly profile?: string;
  /** Text of `policy.yaml`; null for no such file. Without it everything that is asked is run. */
  readonly policy?: string | null;
  /** Of every command. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Nobody sits there who could approve anything. */
const RUN_EVERYTHING = 'version: 1\nrules: [{ name: everything, decision: allow }]\n';

/** An operator's machine: a home folder of its own in which the built CLI runs. */
export interface TestOperator {
  readonly home: string;
  readonly configDir: string;
  readonly stateDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Starts `servonaut ARGS`. */
  start(args: readonly string[], stdin?: string): Promise<TestProcess>;
  /** Runs `servonaut ARGS` to its end. */
  run(
    args: readonly string[],
    stdin?: string,
  ): Promise<ProcessEnd & { readonly stdout: string; readonly stderr: string }>;
  /** Starts `servonaut connect --json` and waits until it is connected. */
  connect(args?: readonly string[]): Promise<TestProcess>;
  /** The same with its lines in a file, so that whoever measures does not read along. */
  connectQuietly(): Promise<TestProcess>;
}

/** Sets up an operator who is logged in, if to anything, and has `servers`. */
export async function anOperator(options: OperatorOptions): Promise<TestOperator> {
  const folders = await operatorFolders(options);
  const start: TestOperator['start'] = (args, stdin) =>
    startProcess({
      command: process.execPath,
      args: [CLI_MAIN, ...args],
      env: folders.env,
      cwd: folders.home,
      ...(stdin !== undefined && { stdin }),
    });
  const run: TestOperator['run'] = async (args, stdin) => {
    const child = await start(args, stdin);
    const end = await child.exited;
    return { ...end, stdout: child.stdout.join('\n'), stderr: child.stderr.join('\n') };
  };
  if (options.url !== undefined) {
    const login = await run(['login', '--url', options.url, '--token', '-'], options.token);
    if (login.code !== 0) throw new Error(`login failed (${login.code}):\n${login.stdout}\n${login.stderr}`);
  }
  const connect: TestOperator['connect'] = async (args = []) => {
    const child = await start(['connect', '--json', ...args]);
    await child.waitForLine(/"event":"connected"/, 20_000);
    return child;
  };
  const connectQuietly = (): Promise<TestProcess> => connectInto(join(folders.home, 'connect.log'), folders);
  return { ...folders, start, run, connect, connectQuietly };
}

async function connectInto(log: string, { home, env }: Pick<TestOperator, 'home' | 'env'>): Promise<TestProcess> {
  const args = ['-c', 'exec "$@" > "$0" 2>&1', log, process.execPath, CLI_MAIN, 'connect', '--json'];
  const child = await startProcess({ command: '/bin/sh', args, env, cwd: home });
  const isConnected = (): boolean => readFileSync(log, 'utf8').includes('"event":"connected"');
  await waitFor(isConnected, { what: 'servonaut connect', timeoutMs: 20_000 });
  return child;
}

/** A home with `servers.yaml` of the profile, known_hosts, and an ssh_config that names both. */
async function operatorFolders(
  options: OperatorOptions,
): Promise<Pick<TestOperator, 'home' | 'configDir' | 'stateDir' | 'env'>> {
  const home = await temporaryFolder();
  const profile = options.profile ?? 'default';
  const [configDir, stateDir, sshDir] = [join(home, 'config'), join(home, 'state'), join(home, '.ssh')];
  const profileDir = join(configDir, 'profiles', profile);
  for (const folder of [profileDir, sshDir]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const write = (path: string, text: string): void => writeFileSync(path, text, { mode: 0o600 });
  write(join(sshDir, 'known_hosts'), options.knownHosts.join('\n') + '\n');
  write(join(sshDir, 'config'), `Host *\n  UserKnownHostsFile ${join(sshDir, 'known_hosts')}\n`);
  // JSON is YAML.
  write(join(profileDir, 'servers.yaml'), JSON.stringify({ servers: options.servers }, null, 2));
  const policy = options.policy === undefined ? RUN_EVERYTHING : options.policy;
  if (policy !== null) write(join(profileDir, 'policy.yaml'), policy);
  const env = {
    ...withoutSettings(),
    HOME: home,
    SSH_AUTH_SOCK: undefined,
    // Nor must what is tested reach the keychain and the browser of whoever runs the tests.
    DBUS_SESSION_BUS_ADDRESS: undefined,
    XDG_RUNTIME_DIR: undefined,
    BROWSER: undefined,
    DISPLAY: undefined,
    WAYLAND_DISPLAY: undefined,
    SERVONAUT_CONFIG_DIR: configDir,
    SERVONAUT_STATE_DIR: stateDir,
    SERVONAUT_PROFILE: profile,
    // ssh(1) takes the home folder from the account, not from HOME.
    SERVONAUT_SSH_CONFIG: join(sshDir, 'config'),
    ...options.env,
  };
  return { home, configDir, stateDir, env };
}
