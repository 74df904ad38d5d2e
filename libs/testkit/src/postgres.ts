import { randomBytes } from 'node:crypto';
import { chown, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { requireProgram } from './find-program.ts';
import { freePort } from './free-port.ts';
import { run } from './run.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { testAccount, type TestAccount } from './test-account.ts';
import { startProcess, type TestProcess } from './test-process.ts';

const SUPERUSER = 'postgres';

export interface TestPostgres {
  /** The database `postgres`, as superuser. */
  readonly url: string;
  readonly port: number;
  /** Makes a fresh empty database and resolves with its URL. */
  createDatabase(): Promise<string>;
  /** Asks the database at that URL, as superuser; answers the rows. */
  query(url: string, text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  stop(): Promise<void>;
  /** SIGKILL, as when the machine dies. `restart` brings it back with all that was committed. */
  kill(): Promise<void>;
  /** Starts again on the same port with the same data. */
  restart(): Promise<void>;
}

/** Makes a cluster in a temporary folder and starts PostgreSQL on a free loopback port. Takes about two seconds: once per test file. */
export async function startPostgres(): Promise<TestPostgres> {
  const cluster = await makeCluster();
  let server = await launch(cluster);
  const url = urlOf(cluster);
  const kill = async (): Promise<void> => {
    server.kill('SIGKILL');
    await server.exited;
  };
  const stop = async (): Promise<void> => {
    // "Fast shutdown": SIGTERM would wait for all clients to leave.
    server.kill('SIGINT');
    await server.exited;
  };
  const restart = async (): Promise<void> => {
    await stop();
    server = await launch(cluster);
  };
  return { url, port: cluster.port, createDatabase: () => createDatabase(url), query, stop, kill, restart };
}

interface Cluster {
  readonly account: TestAccount;
  /** Holds the data (`data`) and the Unix socket. */
  readonly folder: string;
  readonly port: number;
  readonly password: string;
}

async function makeCluster(): Promise<Cluster> {
  const account = await testAccount();
  const folder = await temporaryFolder();
  const password = randomBytes(12).toString('hex');
  const passwordPath = join(folder, 'password');
  await writeFile(passwordPath, password, { mode: 0o600 });
  for (const path of [folder, passwordPath]) await chown(path, account.uid, account.gid);
  const args = [
    '--pgdata',
    join(folder, 'data'),
    '--username',
    SUPERUSER,
    '--pwfile',
    passwordPath,
    '--auth',
    'scram-sha-256',
  ];
  const cheap = ['--no-sync', '--no-instructions', '--encoding', 'UTF8', '--locale', 'C'];
  await run(requireProgram('initdb'), [...args, ...cheap], { uid: account.uid, gid: account.gid, cwd: folder });
  return { account, folder, port: await freePort(), password };
}

/** A test's data need not outlive the machine. Commits still reach the operating system at once, so they outlive `kill`. */
const CAREFREE = ['fsync=off', 'full_page_writes=off'];

async function launch({ account, folder, port }: Cluster): Promise<TestProcess> {
  const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, ...CAREFREE];
  return startProcess({
    command: requireProgram('postgres'),
    args: ['-D', join(folder, 'data'), ...settings.flatMap((setting) => ['-c', setting])],
    cwd: folder,
    env: { LC_ALL: 'C' },
    account: { uid: account.uid, gid: account.gid },
    ready: /database system is ready to accept connections/,
  });
}

/** Set by whoever runs many test files one after the other: the URL of a server, as superuser, on which each may make databases. */
export const SHARED_POSTGRES = 'SERVONAUT_TEST_POSTGRES';

export interface TestPostgresDatabase {
  readonly url: string;
  stop(): Promise<void>;
}

/** A fresh empty database on the shared server, or on one of its own where there is none. For tests that do nothing to the server itself. */
export async function startPostgresDatabase(): Promise<TestPostgresDatabase> {
  const shared = process.env[SHARED_POSTGRES];
  if (shared === undefined) {
    const server = await startPostgres();
    return { url: await server.createDatabase(), stop: () => server.stop() };
  }
  const url = await createDatabase(shared);
  const drop = `DROP DATABASE ${new URL(url).pathname.slice(1)} WITH (FORCE)`;
  return { url, stop: async () => void (await query(shared, drop)) };
}

async function createDatabase(server: string): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await query(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = name;
  return url.href;
}

async function query(connectionString: string, text: string, values: readonly unknown[] = []) {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(text, [...values]);
    return rows;
  } finally {
    await client.end();
  }
}

function urlOf({ port, password }: Cluster): string {
  return `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/postgres`;
}
