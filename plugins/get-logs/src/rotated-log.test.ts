import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { callTool, localContext } from '@servonaut/plugin-sdk/testing';
import { getLogs } from './get-logs.tool.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'servonaut-rotated-'));
  path = join(folder, '-n *[a] b.log');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (hour: number, minute = 0): string =>
  `2026-11-22T${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}:00Z`;

/** Lines of four hours, one hour each file, of which the third is packed; the oldest ends without a line end. */
function rotatedSet(suffixes: readonly string[] = ['', '.1', '.2.gz', '.3']): void {
  suffixes.forEach((suffix, age) => {
    const hour = 10 - age;
    const name = path + suffix.replace('.gz', '');
    writeFileSync(
      name,
      `${at(hour)} start ${hour}\n  of hour ${hour}\n${at(hour, 30)} end ${hour}${age === 3 ? '' : '\n'}`,
    );
    const written = new Date(at(hour, 30));
    utimesSync(name, written, written);
    if (suffix.endsWith('.gz')) execFileSync('gzip', ['-f', '--', name]);
  });
}
const hourly = (hour: number): string => `${at(hour)} start ${hour}\n  of hour ${hour}\n${at(hour, 30)} end ${hour}\n`;

function busybox(): ReturnType<typeof localContext> {
  const tools = join(folder, 'bin');
  mkdirSync(tools);
  execFileSync('/bin/busybox', ['--install', '-s', tools]);
  return localContext({ shell: ['/bin/busybox', 'sh'], env: { PATH: tools } });
}

describe.each([
  ['dash', () => localContext()],
  ['busybox', busybox],
])('get_logs of a log that was rotated, on %s', (_shell, context) => {
  it('reads as many files as the lines need, the oldest line first', async () => {
    rotatedSet();
    const { exec } = await callTool(getLogs, { path, lines: 7 }, context());
    expect(exec?.stdout).toBe(`${at(8, 30)} end 8\n${hourly(9)}${hourly(10)}`);
    expect(exec?.stderr).toContain('.1, .2.gz');
    expect(exec?.stderr).not.toContain('.3');
  });

  it('reads from a time on that is within the file before', async () => {
    rotatedSet();
    const { exec } = await callTool(getLogs, { path, since: at(9, 10) }, context());
    expect(exec?.stdout).toBe(`${at(9, 30)} end 9\n${hourly(10)}`);
    expect(exec?.stderr).toMatch(/\.1 of it; 2 lines that were read are of another time/);
  });

  it('reads between two times, with the lines that have none', async () => {
    rotatedSet();
    const between = { path, since: at(8), until: at(9, 10) };
    const { exec } = await callTool(getLogs, between, context());
    expect(exec?.stdout).toBe(`${hourly(8)}${at(9)} start 9\n  of hour 9\n`);
    const { data } = await callTool(getLogs, { ...between, summarize: true, grep: 'start' }, localContext());
    expect(data?.lines).toBe(2);
  });

  it('finds a text only in old files', async () => {
    rotatedSet();
    const { exec } = await callTool(getLogs, { path, grep: 'end 7' }, context());
    expect(exec?.stdout).toBe(`${at(7, 30)} end 7\n`);
  });

  it('reads files that are named by their dates', async () => {
    rotatedSet(['', '-20261122', '-20261121.gz', '.2026-11-20']);
    const { exec } = await callTool(getLogs, { path }, context());
    expect(exec?.stdout).toBe([7, 8, 9, 10].map(hourly).join(''));
  });
});
