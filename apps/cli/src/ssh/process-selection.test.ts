import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { findProgram, temporaryFolder, unlessMissing } from '@servonaut/testkit';
import { FIRST_PROCESS, PROC_ROWS, PROC_STATS, PS_ROWS, SELECTION } from './process-selection.ts';

const TITLE = 'processes of a request, as %s selects them';
describe.each([['awk']])(TITLE, (name) => {
  selects([name]);
});
unlessMissing(describe, findProgram('busybox') ? undefined : 'busybox').each([['busybox awk']])(TITLE, (name) => {
  selects(name.split(' '));
});

interface Look {
  readonly rows: readonly string[];
  readonly marked?: string;
  readonly known?: string;
  readonly sessions?: string;
}

function selects([program = '', ...first]: readonly string[]): void {
  const awk = (script: string, variables: readonly string[], input: string | Buffer) =>
    spawnSync(program, [...first, ...variables.flatMap((variable) => ['-v', variable]), script], {
      encoding: 'utf8',
      input,
      env: { ...process.env, LC_ALL: 'C' },
    });

  function select({ rows, marked = '', known = '', sessions = '' }: Look) {
    const { stdout } = awk(SELECTION, ['self=20'], `${[marked, known, sessions, ...rows].join('\n')}\n`);
    const lists = stdout.split('|').map((list) => list.split(' ').filter(Boolean).sort());
    return { sessions: lists[0], pids: lists[1], known: lists[2], others: lists[3] };
  }

  /** pid, parent, session, start, young: init, the SSH server, its child for this connection, and the stop itself. */
  const SERVER = ['1 0 1 1 1', '10 1 10 5 0', '11 10 11 50 1', '20 11 20 100 1'];
  const FIRST = '30 11 30 90 1';

  describe('from one look', () => {
    it('those that carry the mark, and all that descends from them', () => {
      const rows = [...SERVER, FIRST, '31 30 30 91 1', '32 31 32 92 1', '33 32 33 93 0', '40 1 40 95 1'];
      expect(select({ rows, marked: '30' })).toEqual({
        sessions: ['30', '32', '33'],
        pids: ['30', '31', '32', '33'],
        known: ['30@90', '31@91', '32@92', '33@93'],
        others: ['40'],
      });
    });

    it('none where none carries it; those that may are told', () => {
      expect(select({ rows: [...SERVER, FIRST, '40 1 40 95 0'] })).toMatchObject({ pids: [], others: ['30'] });
    });

    it('what is in a session that one of them leads, with what descends from that', () => {
      const rows = [...SERVER, FIRST, '40 1 30 95 1', '41 40 41 96 1'];
      expect(select({ rows, marked: '30' }).pids).toEqual(['30', '40', '41']);
    });

    it.each([
      ['a stranger leads', ['50 1 45 90 1', '45 1 45 80 1', '60 1 45 95 1']],
      ['has no leader any more', ['50 1 45 90 1', '60 1 45 95 1']],
      ['a process outside the container leads', ['50 1 0 90 1', '60 1 0 95 1']],
      ['the SSH server leads', ['50 11 10 90 1', '60 11 10 95 1']],
    ])('not what is in a session that %s', (_, rows) => {
      expect(select({ rows: [...SERVER, ...rows], marked: '50' })).toMatchObject({ pids: ['50'], sessions: [] });
    });

    it.each(['1', '10', '11', '20'])(
      'never %s, which the stop itself is or descends from, whatever it carries',
      (pid) => {
        const young = SERVER.map((row) => row.replace(/0$/, '1'));
        expect(select({ rows: [...young, '40 1 1 95 1'], marked: pid })).toMatchObject({ pids: [], others: ['40'] });
      },
    );

    it('never 1, also where the stop does not descend from it', () => {
      const rows = ['1 0 1 1 1', '20 0 20 100 1', '40 1 40 95 1'];
      expect(select({ rows, marked: '1' })).toMatchObject({ pids: [], others: ['40'] });
    });

    it('not what is too old to be of it, whatever it carries', () => {
      expect(select({ rows: [...SERVER, '40 1 40 3 0'], marked: '40' }).pids).toEqual([]);
    });

    it('nothing at all where the stop does not see itself', () => {
      expect(awk(SELECTION, ['self=20'], '30\n\n\n30 1 30 90 1\n').stdout).toBe('');
    });
  });

  describe('from one look to the next', () => {
    it('those found stay found without the parents by which they were', () => {
      expect(select({ rows: [...SERVER, '33 1 33 93 1'], known: '32@92 33@93' }).pids).toEqual(['33']);
    });

    it.each([
      ['92', '200'],
      ['Mon_Nov_23_10:00:00_2026', 'Mon_Nov_23_10:00:09_2026'],
    ])('a process id that another process has now is not one of them (%s)', (was, is) => {
      const rows = [...SERVER, `32 1 32 ${is} 1`, '34 32 34 201 1'];
      expect(select({ rows, known: `32@${was}` })).toMatchObject({ pids: [], sessions: [] });
      expect(select({ rows, known: `32@${is}` }).pids).toEqual(['32', '34']);
    });

    it('a session is theirs after its leader as long as one of them is in it', () => {
      const rows = [...SERVER, '31 1 30 91 1', '42 1 30 97 1'];
      expect(select({ rows, known: '30@90 31@91', sessions: '30' })).toMatchObject({
        pids: ['31', '42'],
        sessions: ['30'],
      });
    });

    it('a session of another in which one of them is left is not', () => {
      const rows = [...SERVER, '45 1 45 80 1', '31 1 45 91 1', '42 1 45 97 1'];
      expect(select({ rows, known: '31@91', sessions: '30' })).toMatchObject({ pids: ['31'], sessions: [] });
    });

    it('a session in which none of them is left is not, since others may have its number', () => {
      const rows = [...SERVER, '31 1 31 200 1', '42 1 30 97 1'];
      expect(select({ rows, known: '30@90 31@91', sessions: '30' })).toMatchObject({ pids: [], sessions: [] });
    });
  });

  describe('from /proc', () => {
    const stat = (pid: number, name: string, state: string, start: number) =>
      `${pid} (${name}) ${state} 10 11 12 ${'0 '.repeat(15)}${start} 0 0\n`;

    async function rowsOf(files: Readonly<Record<string, string>>): Promise<string[]> {
      const folder = await temporaryFolder();
      for (const [pid, text] of Object.entries(files)) {
        mkdirSync(join(folder, pid));
        writeFileSync(join(folder, pid, 'stat'), text, 'latin1');
      }
      // Reading it fails, as that of a process does which ends meanwhile.
      mkdirSync(join(folder, '999/stat'), { recursive: true });
      const list = [...(program === 'busybox' ? ['busybox'] : []), PROC_STATS].join(' ');
      const { stdout } = spawnSync('/bin/sh', ['-c', list], {
        cwd: folder,
        encoding: 'latin1',
        env: { ...process.env, LC_ALL: 'C' },
      });
      return awk(PROC_ROWS, ['self=20', 'window=30'], Buffer.from(stdout, 'latin1'))
        .stdout.split('\n')
        .filter(Boolean)
        .sort();
    }

    it('are read with parent, session, start, and whether they are young', async () => {
      const files = { 20: stat(20, 'sh', 'S', 100), 21: stat(21, 'a', 'R', 70), 22: stat(22, 'b', 'D', 69) };
      expect(await rowsOf(files)).toEqual(['20 10 12 100 1', '21 10 12 70 1', '22 10 12 69 0']);
    });

    it('are not read when they have ended, or while they end', async () => {
      const files = { 20: stat(20, 'sh', 'S', 100), 21: stat(21, 'a', 'Z', 90), 22: stat(22, 'b', 'X', 90), 23: '' };
      expect(await rowsOf(files)).toEqual(['20 10 12 100 1']);
    });

    it.each(['a b', ') S 30 30 30', 'x\n21 (a', 'x\n21 (a) S 30', '\n', ')\n', '(((', '\xff) S 30 ', '))))', '\\n|@'])(
      'are read beyond the name %j',
      async (name) => {
        const files = { 20: stat(20, 'sh', 'S', 100), 21: stat(21, 'victim', 'S', 50), 22: stat(22, name, 'S', 90) };
        expect(await rowsOf(files)).toEqual(['20 10 12 100 1', '21 10 12 50 0', '22 10 12 90 1']);
      },
    );

    it('are none where the stop does not see itself', async () => {
      expect(await rowsOf({ 21: stat(21, 'a', 'S', 90) })).toEqual([]);
    });
  });

  describe('from ps', () => {
    const LSTART = 'Mon Nov 23 10:00:00 2026';
    const rowOf = (text: string) => awk(PS_ROWS, ['uid=1000', 'window=6000'], `  ${text}\n`).stdout.trim();

    it.each([
      ['00:59', '1'],
      ['01:00', '1'],
      ['01:01', '0'],
      ['01:00:30', '0'],
      ['1-00:00:30', '0'],
    ])('are as old as %s says', (elapsed, young) => {
      const row = rowOf(`30 11 29 1000 Ss+ ${elapsed} ${LSTART}`);
      expect(row).toBe(`30 11 29 Mon_Nov_23_10:00:00_2026 ${young}`);
    });

    it('do not carry the mark when they are of another user', () => {
      expect(rowOf(`30 11 29 0 S 00:01 ${LSTART}`)).toMatch(/ 0$/);
    });

    it('are not those that have ended, nor those that ps does not show wholly', () => {
      expect(rowOf(`30 11 29 1000 Z 00:01 ${LSTART}`)).toBe('');
      expect(rowOf('30 11 29 1000 S 00:01')).toBe('');
    });
  });

  describe('the first process', () => {
    const isFirst = (...args: string[]) =>
      awk(FIRST_PROCESS, ['first=export SERVONAUT_REQUEST=1;'], args.map((arg) => `${arg}\n`).join('')).status === 0;

    it('is the shell whose argument after -c begins with the mark', () => {
      expect(isFirst('sh', '-c', 'export SERVONAUT_REQUEST=1; sleep 9')).toBe(true);
      expect(isFirst('/bin/sh', '-c', 'export SERVONAUT_REQUEST=1; two', 'lines', 'more')).toBe(true);
    });

    it.each([
      [['sh', '-c', 'export SERVONAUT_REQUEST=12; sleep 9']],
      [['sh', '-c', ' export SERVONAUT_REQUEST=1; sleep 9']],
      [['sh', '-c', 'x', 'export SERVONAUT_REQUEST=1;']],
      [['grep', '-e', 'export SERVONAUT_REQUEST=1;']],
      [['grep', 'export SERVONAUT_REQUEST=1;']],
      [['-c', 'export SERVONAUT_REQUEST=1;']],
      [[]],
    ])('is not %j', (args) => {
      expect(isFirst(...args)).toBe(false);
    });
  });
}
