import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { localContext } from '../testing/index.ts';
import { byteWords, durationWords, HOST_FACTS_SCRIPT, hostFactsSchema, parseHostFacts } from './index.ts';

const GIB = 1024 ** 3;

const DEBIAN = `[os]
"Debian GNU/Linux 12 (bookworm)"
[uname]
Linux
6.1.0-18-amd64
x86_64
[cpus]
4
[load]
0.42 0.30 0.10 1/200 999
[uptime]
93784.55 100.00
[memory]
MemTotal:        4194304 kB
MemFree:          524288 kB
MemAvailable:    3145728 kB
HugePages_Total:       0
SwapTotal:       1048576 kB
SwapFree:        1048576 kB
[users]
2
[disks]
Filesystem     1024-blocks     Used Available Capacity Mounted on
udev               2000000        0   2000000       0% /dev
tmpfs               400000     1000    399000       1% /run
/dev/sda1         41943040 20971520  18874368      53% /
/dev/sda1         41943040 20971520  18874368      53% /var/lib/bind
/dev/loop3           65536    65536         0     100% /snap/core/1
//10.0.0.9/my share 1048576  524288    524288      50% /mnt/my share
`;

const FREEBSD = `[os]
[uname]
FreeBSD
14.1-RELEASE
amd64
[cpus]
8
[load]
{ 0.50 0.40 0.30 }
[uptime]
1700003600
{ sec = 1700000000, usec = 123 } Tue Nov 14 22:13:20 2023
[memory]
hw.physmem: 8589934592
     4096 bytes per page
  1048576 pages free
        0 pages inactive
[swap]
Device:       1024-blocks     Used:
/dev/ada0p2       2097152   1048576
[users]
1
[disks]
Filesystem 1024-blocks    Used   Avail Capacity  Mounted on
zroot/ROOT    10485760 1048576 9437184    10%    /
devfs                1       1       0   100%    /dev
`;

const OPENBSD = `[os]
[uname]
OpenBSD
7.6
amd64
[cpus]
2
[load]
0.50 0.40 0.30
[uptime]
1700003600
1700000000
[memory]
hw.physmem=8589934592
     4096 bytes per page
  2014208 pages managed
   524288 pages free
   100000 pages active
   524288 pages inactive
[swap]
Device      1K-blocks     Used    Avail Capacity  Priority
/dev/sd0b     1048576        0  1048576     0%    0
[users]
1
[disks]
Filesystem  1024-blocks      Used    Avail Capacity  Mounted on
/dev/sd0a       1048576    524288   471860    53%    /
`;

describe('parseHostFacts', () => {
  it('reads Debian', () => {
    expect(parseHostFacts(DEBIAN)).toEqual({
      os: 'Debian GNU/Linux 12 (bookworm)',
      kernel: 'Linux 6.1.0-18-amd64',
      arch: 'x86_64',
      cpus: 4,
      load: [0.42, 0.3, 0.1],
      memory: { total_bytes: 4 * GIB, available_bytes: 3 * GIB },
      swap: { total_bytes: GIB, free_bytes: GIB },
      disks: [
        { mount: '/', size_bytes: 40 * GIB, used_bytes: 20 * GIB, used_percent: 53 },
        { mount: '/mnt/my share', size_bytes: GIB, used_bytes: GIB / 2, used_percent: 50 },
      ],
      uptime_seconds: 93_784,
      users_logged_in: 2,
    });
  });

  it('reads FreeBSD', () => {
    expect(parseHostFacts(FREEBSD)).toMatchObject({
      os: 'FreeBSD',
      kernel: 'FreeBSD 14.1-RELEASE',
      cpus: 8,
      load: [0.5, 0.4, 0.3],
      memory: { total_bytes: 8 * GIB, available_bytes: 4 * GIB },
      swap: { total_bytes: 2 * GIB, free_bytes: GIB },
      disks: [{ mount: '/', size_bytes: 10 * GIB }],
      uptime_seconds: 3_600,
    });
  });

  it('reads OpenBSD', () => {
    expect(parseHostFacts(OPENBSD)).toMatchObject({
      os: 'OpenBSD',
      load: [0.5, 0.4, 0.3],
      memory: { total_bytes: 8 * GIB, available_bytes: 4 * GIB },
      swap: { total_bytes: GIB, free_bytes: GIB },
      disks: [{ mount: '/', size_bytes: GIB, used_percent: 53 }],
      uptime_seconds: 3_600,
    });
  });

  it('reads how NetBSD says when it was started, and writes its figures', () => {
    const stdout =
      '[uptime]\n1700003600\nTue Nov 14 22:13:20 2023\n[memory]\nhw.physmem = 1\nhw.physmem64 = 8589934592\n';
    expect(parseHostFacts(stdout)).toMatchObject({
      uptime_seconds: 3_600,
      memory: { total_bytes: 8 * GIB, available_bytes: null },
      swap: null,
    });
  });

  it.each(['', 'garbage', '[uname]\n[memory]\nMemTotal: lots\n[disks]\nx y z\n[cpus]\nmany'])(
    'makes null of what it does not understand: %j',
    (stdout) => {
      const facts = parseHostFacts(stdout);
      expect(hostFactsSchema.parse(facts)).toEqual(facts);
      expect(facts).toMatchObject({ cpus: null, load: null, memory: null, disks: [], uptime_seconds: null });
    },
  );

  it('leaves out the addresses of network file systems', () => {
    expect(JSON.stringify(parseHostFacts(DEBIAN))).not.toContain('10.0.0.9');
  });
});

type Shell = readonly [string, ...string[]];
const SHELLS: readonly Shell[] = [['/bin/sh'], ['/bin/bash'], ['/bin/busybox', 'sh']];

/** For busybox its own tools and no others: they know fewer options. */
function environment(shell: string, folder: string): { env?: Record<string, string> } {
  if (!shell.endsWith('busybox')) return {};
  execFileSync(shell, ['--install', '-s', folder]);
  return { env: { PATH: folder } };
}

/** Busybox alone may be missing: it is skipped there, and `npm test` counts it. */
for (const shell of SHELLS) {
  const block = shell[0] === '/bin/busybox' && !existsSync(shell[0]) ? describe.skip : describe;
  block(`HOST_FACTS_SCRIPT through ${shell.join(' ')}`, () => findsEveryFigure(shell));
}

function findsEveryFigure(shell: Shell): void {
  it('exits 0, says nothing on stderr and finds every figure of a Linux machine', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'servonaut-facts-'));
    const { stdout, stderr, exitCode } = await localContext({ shell, ...environment(shell[0], folder) }).exec(
      HOST_FACTS_SCRIPT,
    );
    rmSync(folder, { recursive: true });
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    const { users_logged_in: _users, ...facts } = parseHostFacts(stdout);
    expect(Object.entries(facts).filter(([, value]) => value === null)).toEqual([]);
  });
}

it('words bytes and durations for reading', () => {
  expect([0, 1023, 1024, 4_080_218_931, 12 * GIB].map(byteWords)).toEqual([
    '0 B',
    '1023 B',
    '1.0 KiB',
    '3.8 GiB',
    '12 GiB',
  ]);
  expect([59, 60, 3_900, 93_784].map(durationWords)).toEqual(['59 s', '1 min', '1 h 5 min', '1 d 2 h']);
});
