import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { access, mkdir, readFile, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { findProgram, requireProgram } from './find-program.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { startProcess } from './test-process.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const SOURCES = join(ROOT, 'tools/mercure-hub');
const BINARIES = join(ROOT, 'node_modules/.cache/servonaut/mercure-hub');
/** A first build fetches and compiles about forty modules. */
const BUILD_TIMEOUT_MS = 300_000;
const READY = /"url":"([^"]+)"/;

export interface ReferenceHubOptions {
  /** `bolt` keeps a history, `local` keeps none. Default `bolt`. */
  readonly transport?: 'bolt' | 'local';
  /** Updates that the bolt history keeps. Default 1,000. */
  readonly size?: number;
  /** Default 40,000. */
  readonly heartbeatMs?: number;
  /** Default 600,000. */
  readonly streamMaxMs?: number;
  readonly anonymous?: boolean;
  /** Secrets of HS256 tokens; made when absent. */
  readonly publisherKey?: string;
  readonly subscriberKey?: string;
  /** Default 0: a free one. A restarted hub takes the port it had. */
  readonly port?: number;
}

export interface ReferenceHub {
  /** Address of the hub itself, ending in `/.well-known/mercure`. */
  readonly url: string;
  readonly publisherKey: string;
  readonly subscriberKey: string;
  stop(): Promise<void>;
}

/** Whether the reference hub can be built here, which takes a Go toolchain. */
export function referenceHubAvailable(): boolean {
  return findProgram('go') !== undefined;
}

/** Starts the reference Mercure hub on loopback, building it first where these sources were not built yet. */
export async function startMercureHub(options: ReferenceHubOptions = {}): Promise<ReferenceHub> {
  const command = await buildMercureHub();
  const publisherKey = options.publisherKey ?? randomBytes(32).toString('hex');
  const subscriberKey = options.subscriberKey ?? randomBytes(32).toString('hex');
  const hub = await startProcess({
    command,
    args: argumentsOf(options, await temporaryFolder()),
    env: { MERCURE_PUBLISHER_KEY: publisherKey, MERCURE_SUBSCRIBER_KEY: subscriberKey },
    ready: READY,
  });
  const [, url = ''] = await hub.waitForLine(READY);
  return { url, publisherKey, subscriberKey, stop: async () => void (await hub.stop()) };
}

function argumentsOf(options: ReferenceHubOptions, folder: string): string[] {
  const flags: Record<string, string | number | boolean> = {
    listen: `127.0.0.1:${options.port ?? 0}`,
    transport: options.transport ?? 'bolt',
    database: join(folder, 'updates.db'),
    size: options.size ?? 1_000,
    heartbeat: `${options.heartbeatMs ?? 40_000}ms`,
    'stream-max': `${options.streamMaxMs ?? 600_000}ms`,
    anonymous: options.anonymous ?? false,
  };
  return Object.entries(flags).map(([name, value]) => `-${name}=${value}`);
}

let building: Promise<string> | undefined;

/** Builds the reference hub where these sources were not built yet. @returns the path of its binary */
export function buildMercureHub(): Promise<string> {
  building ??= build();
  return building;
}

/** Named by a hash of the sources. Two builders at once both build; the later rename replaces the file by an equal one. */
async function build(): Promise<string> {
  const binary = join(BINARIES, await hashOfSources());
  if (
    await access(binary).then(
      () => true,
      () => false,
    )
  )
    return binary;
  await mkdir(BINARIES, { recursive: true });
  const unfinished = `${binary}.${process.pid}`;
  const env = { ...process.env, CGO_ENABLED: '0' };
  const command = ['build', '-buildvcs=false', '-trimpath', '-o', unfinished, '.'];
  await promisify(execFile)(requireProgram('go'), command, { cwd: SOURCES, env, timeout: BUILD_TIMEOUT_MS });
  await rename(unfinished, binary);
  return binary;
}

async function hashOfSources(): Promise<string> {
  const hash = createHash('sha256');
  for (const name of ['main.go', 'go.mod', 'go.sum']) hash.update(await readFile(join(SOURCES, name)));
  return hash.digest('hex').slice(0, 16);
}
