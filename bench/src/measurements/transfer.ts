import { execFile } from 'node:child_process';
import { createHash, randomFillSync } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  createReadStream,
  linkSync,
  mkdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startSshd, temporaryFolder, waitFor, type TestSshd } from '@servonaut/testkit';
import { forgetPeak, memoryIsTold, peakBytes, residentBytes } from '../resident-memory.ts';
import { judge, type Measured } from '../report.ts';
import { servonaut, type Servonaut } from '../subjects/servonaut.ts';
import type { World } from '../world.ts';

const MIB = 1024 ** 2;
const SHORT_MIB = 64;
const LONG_MIB = 2_048;
/** Of the file, by when the connection is cut. */
const CUT_AT = 0.4;
const TIMEOUT_SECONDS = 600;

interface Way {
  readonly direction: 'download' | 'upload';
  readonly args: Readonly<Record<string, string>>;
  /** Where it grows and where it is in the end. */
  readonly partial: string;
  readonly target: string;
  /** A batch for sftp(1), and what that writes. */
  readonly sftp: string;
  readonly sftpTarget: string;
}

interface Taken {
  readonly way: Way;
  readonly seconds: number;
  readonly sftpSeconds: number;
  readonly resumedFrom: number;
  readonly grown: number;
}

interface Place {
  readonly sshd: TestSshd;
  readonly ours: Servonaut;
  readonly folder: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * One file each way, whose connection is cut in the middle by the end of the server's processes and which the same call goes on with: the time of both calls
 * with all that is compared, beside sftp(1), which makes one copy and compares nothing; and what the executor's memory grows by.
 * @param isLong 2 GiB, otherwise 64 MiB
 */
export async function measureTransfer(world: World, isLong: boolean): Promise<Measured> {
  if (!memoryIsTold) return { rows: {}, budgets: [], notes: ['transfers: not measured, there is no /proc.'] };
  const size = isLong ? LONG_MIB : SHORT_MIB;
  const { place, ways } = await prepared(world, size * MIB);
  for (let warmUp = 0; warmUp < 50; warmUp++) await place.ours.call('echo hi')();
  const taken: Taken[] = [];
  for (const way of ways) taken.push(await measured(place, way));
  return {
    rows: {},
    budgets: taken.flatMap(({ way: { direction }, seconds, sftpSeconds, grown }) => [
      // The second connection alone takes as long as half of a short file.
      ...(isLong
        ? [judge(`${direction} of 2 GiB, cut and gone on with / sftp in one go`, seconds / sftpSeconds, 2)]
        : []),
      judge(`${direction} of ${size} MiB, cut and gone on with: growth of the executor's memory, MiB`, grown / MIB, 64),
    ]),
    notes: taken.map((one) => noteOf(one, size)),
  };
}

async function prepared(world: World, bytes: number): Promise<{ place: Place; ways: readonly Way[] }> {
  const sshd = await startSshd({ config: ['LogLevel INFO'] });
  world.atTheEnd(() => sshd.stop());
  const folder = await temporaryFolder();
  world.atTheEnd(async () => rmSync(folder, { recursive: true, force: true }));
  const transfers = join(folder, 'transfers');
  mkdirSync(transfers, { mode: 0o700 });
  const target = { ...sshd, knownHostsLine: sshd.hostKeyLine };
  const ours = await servonaut(target, {}, ['bench'], { SERVONAUT_TRANSFER_FOLDER: transfers });
  world.atTheEnd(() => ours.stop());
  const source = join(sshd.home, 'source');
  plant(source, bytes);
  linkSync(source, join(transfers, 'source'));
  const place = { sshd, ours, folder, bytes, sha256: await digestOf(source) };
  return { place, ways: [downloading(place, source, transfers), uploading(place, source)] };
}

function downloading({ folder }: Place, source: string, transfers: string): Way {
  const [got, sftpTarget] = [join(transfers, 'bench'), join(folder, 'sftp-got')];
  return {
    direction: 'download',
    args: { remote: source, local: 'bench/got' },
    partial: join(got, '.got.part'),
    target: join(got, 'got'),
    sftp: `get ${source} ${sftpTarget}`,
    sftpTarget,
  };
}

function uploading({ sshd: { home } }: Place, source: string): Way {
  const [target, sftpTarget] = [join(home, 'put'), join(home, 'sftp-put')];
  return {
    direction: 'upload',
    args: { remote: target, local: 'source' },
    partial: join(home, '.put.part'),
    target,
    sftp: `put ${source} ${sftpTarget}`,
    sftpTarget,
  };
}

/** Random, so that nothing on the way makes it shorter. */
function plant(path: string, bytes: number): void {
  const block = Buffer.alloc(4 * MIB);
  writeFileSync(path, '');
  for (let left = bytes; left > 0; left -= block.length) appendFileSync(path, randomFillSync(block));
  chmodSync(path, 0o644);
}

async function measured(place: Place, way: Way): Promise<Taken> {
  const { ours, bytes, sha256 } = place;
  const sftpSeconds = await sftpSecondsOf(place, way);
  const before = residentBytes(ours.executor.pid);
  forgetPeak(ours.executor.pid);
  const begun = performance.now();
  const cutting = transfer(place, way);
  await waitFor(() => sizeOf(way.partial) > CUT_AT * bytes, { what: way.partial, timeoutMs: 120_000 });
  place.sshd.cut();
  const cut = await cutting;
  if (cut.isError !== true) throw new Error(`the ${way.direction} was over before it was cut`);
  const { structuredContent } = await transfer(place, way);
  const seconds = (performance.now() - begun) / 1_000;
  const grown = peakBytes(ours.executor.pid) - before;
  const [{ data }] = (structuredContent as { results: [{ data?: { sha256: string; resumed_from: number } }] }).results;
  if (!data || data.sha256 !== sha256 || (await digestOf(way.target)) !== sha256 || data.resumed_from === 0)
    throw new Error(`the ${way.direction} was not gone on with: ${JSON.stringify(structuredContent)}`);
  rmSync(way.target);
  return { way, seconds, sftpSeconds, resumedFrom: data.resumed_from, grown };
}

function transfer({ ours: { agent } }: Place, { direction, args }: Way) {
  const all = { server: 'bench', direction, ...args, timeout_seconds: TIMEOUT_SECONDS };
  return agent.callTool({ name: 'transfer_file', arguments: all }, undefined, { timeout: TIMEOUT_SECONDS * 1_000 });
}

async function sftpSecondsOf({ sshd, folder }: Place, { sftp, sftpTarget }: Way): Promise<number> {
  const batch = join(folder, 'batch');
  writeFileSync(batch, `${sftp}\n`);
  const begun = performance.now();
  await promisify(execFile)('sftp', ['-q', '-F', sshd.sshConfigPath, '-b', batch, 'web-1']);
  const seconds = (performance.now() - begun) / 1_000;
  rmSync(sftpTarget);
  return seconds;
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function noteOf({ way: { direction }, seconds, sftpSeconds, resumedFrom, grown }: Taken, size: number): string {
  const speed = (taken: number): string => `${(size / taken).toFixed(0)} MiB/s`;
  const cut = `cut, and gone on with from ${(resumedFrom / MIB).toFixed(0)} MiB`;
  return `${direction} of ${size} MiB, ${cut}: ${seconds.toFixed(1)} s in all (${speed(seconds)}; sftp ${speed(sftpSeconds)}), the same SHA-256 on both sides; the executor grew by ${(grown / MIB).toFixed(0)} MiB.`;
}
