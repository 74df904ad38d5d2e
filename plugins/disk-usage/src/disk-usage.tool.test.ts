import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { callTool, localContext } from '@servonaut/plugin-sdk/testing';
import { diskUsage } from './disk-usage.tool.ts';
import { parseDiskRows } from './disks.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'servonaut-disk-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const FREEBSD = `[disks]
Filesystem   1024-blocks    Used   Avail Capacity  Mounted on
/dev/ada0p2     10485760 1048576 9437184    10%    /
/dev/ada1p1      1048576  524288  524288    50%    /var/spool
[inodes]
Filesystem   1024-blocks    Used   Avail Capacity iused   ifree %iused  Mounted on
/dev/ada0p2     10485760 1048576 9437184    10%   99000 1000000    9%   /
/dev/ada1p1      1048576  524288  524288    50%   65000     535   99%   /var/spool
`;

const ALPINE = `[disks]
Filesystem           1024-blocks    Used Available Capacity Mounted on
/dev/vda2                 102400   51200     51200  50% /
/dev/vda1                 102400   10240     92160  10% /boot
[inodes]
Filesystem              Inodes      Used Available Capacity Mounted on
/dev/vda2                 1000       900       100  90% /
/dev/vda1                    0         0         0   0% /boot
`;

describe('the rows of disk_usage', () => {
  it('have bytes and inodes of FreeBSD, the fullest of either first', () => {
    expect(parseDiskRows(FREEBSD)).toMatchObject([
      { mount: '/var/spool', used_percent: 50, inodes_percent: 99, size: '1.0 GiB' },
      { mount: '/', used_percent: 10, inodes_percent: 9 },
    ]);
  });

  it('have bytes and inodes of Alpine', () => {
    expect(parseDiskRows(ALPINE)).toMatchObject([
      { mount: '/', used_percent: 50, inodes_percent: 90 },
      { mount: '/boot', used_percent: 10, inodes_percent: 0 },
    ]);
  });
});

/** Busybox alone may be missing: it is skipped there, and `npm test` counts it. */
for (const shell of [['/bin/sh'], ['/bin/busybox', 'sh']] as const) {
  const block = existsSync(shell[0]) ? describe : describe.skip;
  block(`disk_usage through ${shell.join(' ')}`, () => {
    function context(): ReturnType<typeof localContext> {
      if (shell[0] === '/bin/sh') return localContext();
      const tools = join(folder, 'bin');
      mkdirSync(tools);
      execFileSync('/bin/busybox', ['--install', '-s', tools]);
      return localContext({ shell, env: { PATH: tools } });
    }

    it('tells how full the disks are', async () => {
      const { data, output } = await callTool(diskUsage, {}, context());
      expect(data?.disks.find(({ mount }) => mount === '/')).toMatchObject({
        size_bytes: expect.any(Number),
        inodes_percent: expect.any(Number),
      });
      expect(data).not.toHaveProperty('folders');
      expect(output).toMatch(/^mount +used_percent +inodes_percent +used +size\n/);
    });

    it('finds the biggest folders below a path', async () => {
      const top = join(folder, `it's "$(id)" \\`);
      for (const [name, kib] of Object.entries({ small: 8, big: 400, middle: 100 })) {
        mkdirSync(join(top, name, 'deep'), { recursive: true });
        writeFileSync(join(top, name, 'deep', 'file'), Buffer.alloc(kib * 1024, 1));
      }
      const { data, output } = await callTool(diskUsage, { path: top, most: 3 }, context());
      expect(data?.folders).toMatchObject({ has_more: true, timed_out: false, unreadable: false });
      expect(data?.folders?.rows.map(({ path }) => path)).toEqual([top, join(top, 'big'), join(top, 'middle')]);
      expect(data?.folders?.rows[1]?.bytes).toBeGreaterThanOrEqual(400 * 1024);
      expect(output).toContain('[there are smaller ones that are left out; raise most to see them]');
    });
  });
}

describe('disk_usage of a path', () => {
  it('says that there is no such folder, or that it is none', async () => {
    const file = join(folder, 'file');
    await expect(callTool(diskUsage, { path: file }, localContext())).rejects.toMatchObject({ code: 'not_found' });
    writeFileSync(file, '');
    await expect(callTool(diskUsage, { path: file }, localContext())).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining(file),
    });
  });

  it('keeps the middle of a list that is longer than an answer', async () => {
    const rows = `i=0; while [ $i -lt 500 ]; do i=$((i+1)); echo "8	/srv/$i-${'x'.repeat(2_000)}"; done`;
    writeFileSync(join(folder, 'du'), `#!/bin/sh\n${rows}\n`, { mode: 0o755 });
    const context = localContext({ env: { PATH: `${folder}:/usr/bin:/bin` } });
    const { data } = await callTool(diskUsage, { path: '/', most: 500 }, context);
    expect(data?.folders?.rows).toHaveLength(500);
  });

  it.each([
    [124, { timed_out: true, unreadable: false }, 'the time was up'],
    [143, { timed_out: true, unreadable: false }, 'the time was up'],
    [1, { timed_out: false, unreadable: true }, 'could not be read'],
  ])('says what du has left out when it ends with %s', async (code, expected, note) => {
    writeFileSync(join(folder, 'du'), `#!/bin/sh\necho "8\t/srv/a"\nexit ${code}\n`, { mode: 0o755 });
    const context = localContext({ env: { PATH: `${folder}:/usr/bin:/bin` } });
    const { data, output } = await callTool(diskUsage, { path: '/' }, context);
    expect(data?.folders).toMatchObject({ ...expected, rows: [{ path: '/srv/a', bytes: 8_192 }] });
    expect(output).toContain(note);
  });
});
