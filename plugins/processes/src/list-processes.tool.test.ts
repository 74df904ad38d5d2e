import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { callTool, localContext } from '@servonaut/plugin-sdk/testing';
import { listProcesses } from './list-processes.tool.ts';
import { parseProcesses } from './parse-processes.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'servonaut-processes-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const PROCPS = `[self]
900
[ps]
    1     0 root      0.1 12000  2-03:04:05 Ss   /sbin/init splash
  812     1 www-data 12.5 204800    03:04:05 Sl   nginx: worker process
  900   812 bob       0.0  1000       00:01 S    sh -c ps
  901   900 bob       0.0  2000       00:00 R    ps -A
  950     1 root      0.0     0       04:05 I<   [kworker/0:1]
`;

const OPENBSD = `[self]
900
[bsd]
    1     0 root      0.0   512 I    /sbin/init
  812     1 www       3.5 10240 Sp   nginx: worker process (nginx)
`;

const BUSYBOX = `[self]
900
[busybox]
PID   PPID  USER     RSS  STAT COMMAND
    1     0 root      748 S    /sbin/init
  812     1 nginx    120m S    nginx: worker process
  813     1 nginx       4 S    sh
[uptime]
1000.00 900.00
[stat]
1 (init) S 0 1 1 0 -1 4194560 1 2 3 4 5000 5000 0 0 20 0 1 0 0 1000000 187
812 (a) b (c)) S 1 1 1 0 -1 4194560 1 2 3 4 1000 500 0 0 20 0 1 0 70000 1000000 187
`;

describe('the processes', () => {
  it('of procps are read, but for those that ask', () => {
    expect(parseProcesses(PROCPS)).toMatchObject([
      { pid: 1, elapsed_seconds: 183_845, elapsed: '2 d 3 h', command: '/sbin/init splash' },
      { pid: 812, ppid: 1, user: 'www-data', cpu_percent: 12.5, memory_bytes: 209_715_200, memory: '200 MiB' },
      { pid: 950, memory_bytes: 0, state: 'I<', command: '[kworker/0:1]' },
    ]);
  });

  it('of OpenBSD are read without the time since the start', () => {
    expect(parseProcesses(OPENBSD)).toMatchObject([
      { pid: 1, elapsed_seconds: null },
      { pid: 812, cpu_percent: 3.5, memory_bytes: 10_485_760, elapsed: null, command: 'nginx: worker process (nginx)' },
    ]);
  });

  it('of busybox are read, with the times of the kernel', () => {
    expect(parseProcesses(BUSYBOX)).toMatchObject([
      { pid: 1, cpu_percent: 10, elapsed_seconds: 1_000 },
      { pid: 812, cpu_percent: 5, memory_bytes: 125_829_120, elapsed_seconds: 300 },
      { pid: 813, cpu_percent: 0, elapsed_seconds: null },
    ]);
  });

  it('have no half words in a long command line', () => {
    const stdout = `[ps]\n7 1 bob 0.0 1 00:01 S java ${'-Dx '.repeat(98)}${'s'.repeat(300)} tail\n`;
    expect(parseProcesses(stdout)[0]?.command).toBe(`java ${'-Dx '.repeat(98).trim()} …`);
  });
});

const SHELLS = [['/bin/sh'], ['/bin/busybox', 'sh']] as const;

/** Busybox alone may be missing: it is skipped there, and `npm test` counts it. */
for (const shell of SHELLS) {
  const block = existsSync(shell[0]) ? describe : describe.skip;
  block(`list_processes through ${shell.join(' ')}`, () => {
    function context(): ReturnType<typeof localContext> {
      if (shell[0] === '/bin/sh') return localContext();
      const tools = join(folder, 'bin');
      mkdirSync(tools);
      execFileSync('/bin/busybox', ['--install', '-s', tools]);
      return localContext({ shell, env: { PATH: tools } });
    }

    it('finds a process by its command line', async () => {
      const mark = `mark-${process.pid}-${Date.now()}`;
      const child = spawn('/bin/sh', ['-c', 'read line', mark], { stdio: ['pipe', 'ignore', 'ignore'] });
      try {
        const { data, output } = await callTool(listProcesses, { filter: mark }, context());
        expect(data).toMatchObject({ matching: 1, processes: [{ pid: child.pid, ppid: process.pid }] });
        expect(output).toContain(mark);
      } finally {
        child.kill();
      }
    });

    it.each(['cpu', 'memory'] as const)('shows those first that use most of the %s', async (sort) => {
      const { data, output } = await callTool(listProcesses, { sort, most: 3 }, context());
      const values = data?.processes.map((row) => row.sort_value) ?? [];
      expect(values).toEqual(values.toSorted((one, other) => other - one));
      expect(data?.total).toBeGreaterThan(3);
      expect(output).toMatch(/^ *pid +user +cpu_percent +memory +elapsed +state +command\n/);
      expect(output).toContain('more left out');
    });
  });
}

describe('list_processes', () => {
  it('reads all of a list that is longer than an answer', async () => {
    // Beyond the greatest process id of Linux: the shell of the call leaves itself out of the list.
    const first = 2 ** 22 + 1;
    const lines = Array.from(
      { length: 3_000 },
      (_, at) => `${at + first} 1 bob 0.0 1 00:01 S x ${'y'.repeat(300)} p${at}`,
    );
    writeFileSync(join(folder, 'list'), lines.join('\n'));
    writeFileSync(join(folder, 'ps'), `#!/bin/sh\n/bin/cat ${folder}/list\n`, { mode: 0o755 });
    const context = localContext({ env: { PATH: folder } });
    expect((await callTool(listProcesses, { filter: ' p1500' }, context)).data).toMatchObject({
      total: 3_000,
      processes: [{ pid: first + 1_500 }],
    });
  });

  it('says that no process has the text', async () => {
    const { output, data } = await callTool(listProcesses, { filter: 'no "such\nthing' }, localContext());
    expect(data?.processes).toEqual([]);
    expect(output).toMatch(/^None of \d+ processes has "no \\"such\\nthing" in its command line\.$/);
  });
});
