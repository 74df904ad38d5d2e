import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { callTool, localContext } from '@servonaut/plugin-sdk/testing';
import { getLogs } from './get-logs.tool.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'servonaut-logs-'));
  path = join(folder, 'app.log');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const numbered = (count: number): string => Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join('');

describe('get_logs of a file', () => {
  it('returns the last 100 lines unless told otherwise', async () => {
    writeFileSync(path, numbered(250));
    const { exec } = await callTool(getLogs, { path }, localContext());
    expect(exec?.stdout).toBe(numbered(250).split('\n').slice(150).join('\n'));
  });

  it('returns the last lines exactly, with and without a line end at the very end', async () => {
    writeFileSync(path, 'one\n\n  three');
    expect((await callTool(getLogs, { path, lines: 2 }, localContext())).exec?.stdout).toBe('\n  three');
    writeFileSync(path, 'one\n\n  three\n');
    expect((await callTool(getLogs, { path, lines: 2 }, localContext())).exec?.stdout).toBe('\n  three\n');
  });

  it('reads a file whose name is full of what a shell would act on', async () => {
    path = join(folder, `-n '"$(id)\\ \n;x`);
    writeFileSync(path, 'here\n');
    expect((await callTool(getLogs, { path, grep: 'here' }, localContext())).exec?.stdout).toBe('here\n');
  });

  it('returns the last lines that contain a text, which is no regular expression and no option', async () => {
    writeFileSync(path, 'a.c 1\nabc\na.c 2\n-e x\na.c 3\n');
    expect((await callTool(getLogs, { path, grep: 'a.c', lines: 2 }, localContext())).exec?.stdout).toBe(
      'a.c 2\na.c 3\n',
    );
    expect((await callTool(getLogs, { path, grep: '-e' }, localContext())).exec?.stdout).toBe('-e x\n');
  });

  it('searches a log with odd bytes in it as text', async () => {
    writeFileSync(path, Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('\nfound it\n')]));
    expect((await callTool(getLogs, { path, grep: 'found' }, localContext())).exec?.stdout).toBe('found it\n');
  });

  it('says so when the file is empty and when nothing matches', async () => {
    writeFileSync(path, '');
    expect((await callTool(getLogs, { path }, localContext())).output).toBe(`${path} is empty.`);
    expect((await callTool(getLogs, { path, grep: 'x"' }, localContext())).output).toBe(
      `No line of ${path} contains "x\\"".`,
    );
  });

  it('says that there is no such file', async () => {
    await expect(callTool(getLogs, { path }, localContext())).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining(path),
      nextStep: expect.stringContaining('list_directory'),
    });
  });

  it.each([
    ['a folder', () => mkdirSync(path)],
    ['a FIFO that nobody writes to', () => execFileSync('mkfifo', [path])],
  ])('refuses %s at once', async (_what, make) => {
    make();
    await expect(callTool(getLogs, { path, grep: 'x' }, localContext())).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining(path),
    });
  });

  it('refuses a device that never ends', async () => {
    await expect(callTool(getLogs, { path: '/dev/zero' }, localContext())).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('says that the user has no permission', async () => {
    writeFileSync(path, 'secret\n', { mode: 0 });
    chmodSync(folder, 0o755);
    await expect(callTool(getLogs, { path }, localContext({ shell: unprivileged() }))).rejects.toMatchObject({
      code: 'tool_failed',
      message: expect.stringContaining('permission'),
    });
  });
});

describe('get_logs of a file that is packed', () => {
  it.each([
    ['gz', 'gzip'],
    ['xz', 'xz'],
    ['bz2', 'bzip2'],
  ])('unpacks .%s', async (ending, program) => {
    writeFileSync(path, numbered(250));
    execFileSync(program, [path]);
    const { exec } = await callTool(getLogs, { path: `${path}.${ending}`, grep: 'line 2', lines: 2 }, localContext());
    expect(exec?.stdout).toBe('line 249\nline 250\n');
  });

  it('says what is missing where there is nothing that unpacks it', async () => {
    writeFileSync(`${path}.zst`, '');
    const context = localContext({ env: { PATH: folder } });
    await expect(callTool(getLogs, { path: `${path}.zst` }, context)).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('zstd'),
    });
  });
});

describe('get_logs with summarize', () => {
  const log = (count: number): string =>
    Array.from({ length: count }, (_, at) => `2026-11-22 10:00:00 INFO request ${at} took ${at * 7} ms\n`).join('');

  it('says what the lines are, the rarest first', async () => {
    writeFileSync(path, `${log(2_000)}2026-11-22 11:00:00 ERROR disk sda is full\n${log(1_000)}`);
    const { data, output } = await callTool(getLogs, { path, summarize: true }, localContext({ env: inZone('UTC') }));
    expect(data).toEqual({
      lines: 3_001,
      templates: [
        {
          template: 'ERROR disk sda is full',
          count: 1,
          first: '2026-11-22T11:00:00.000Z',
          last: '2026-11-22T11:00:00.000Z',
          example: '2026-11-22 11:00:00 ERROR disk sda is full',
        },
        expect.objectContaining({ template: 'INFO request <*> took <*> ms', count: 3_000 }),
      ],
      templates_left_out: 0,
      lines_left_out: 0,
    });
    expect(output).toMatch(/^3001 lines, 2 templates.*\n {3}1 {2}2026-11-22T11:00:00.000Z {2}ERROR disk sda is full\n/);
  });

  it('takes times that say no zone as those of the server', async () => {
    writeFileSync(path, '2026-11-22 10:00:00 hi\n');
    const context = localContext({ env: inZone('XST-05:30') });
    expect((await callTool(getLogs, { path, summarize: true }, context)).data?.templates[0]?.first).toBe(
      '2026-11-22T04:30:00.000Z',
    );
  });

  it('looks at as many lines as it is told, and at those that contain a text', async () => {
    writeFileSync(path, log(500));
    const of = async (input: object): Promise<number | undefined> =>
      (await callTool(getLogs, { path, summarize: true, ...input }, localContext())).data?.lines;
    expect([await of({ lines: 20 }), await of({ grep: 'request 49' })]).toEqual([20, 11]);
  });

  it('shows the rarest of many, and says how many are left out', async () => {
    const word = (at: number): string => [...String(at)].map((digit) => 'ghijklmnop'[Number(digit)]).join('');
    writeFileSync(path, Array.from({ length: 150 }, (_, at) => `${word(at)} ${word(at + 1)} here\n`).join(''));
    const { data, output } = await callTool(getLogs, { path, summarize: true }, localContext());
    expect([data?.templates.length, data?.templates_left_out]).toEqual([100, 50]);
    expect(output).toMatch(/\[120 more frequent templates are left out; .*\]$/);
  });

  it('says what is wrong, and that nothing is there', async () => {
    await expect(callTool(getLogs, { path, summarize: true }, localContext())).rejects.toMatchObject({
      code: 'not_found',
    });
    writeFileSync(path, '');
    const { data, output } = await callTool(getLogs, { path, summarize: true }, localContext());
    expect([data?.lines, output]).toEqual([0, `${path} is empty.`]);
  });
});

const inZone = (zone: string): Record<string, string> => ({ PATH: process.env['PATH'] ?? '/usr/bin:/bin', TZ: zone });

/** Root may read everything, so a test that runs as root puts it aside. */
function unprivileged(): [string, ...string[]] {
  return process.getuid?.() === 0
    ? ['/usr/bin/setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '/bin/sh']
    : ['/bin/sh'];
}

describe('get_logs of a unit', () => {
  /** A journalctl that prints what it was asked, since few build machines run systemd. */
  function withJournalctl(script: string): ReturnType<typeof localContext> {
    writeFileSync(join(folder, 'journalctl'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return localContext({ env: { PATH: `${folder}:/usr/bin:/bin` } });
  }

  it('asks the journal for the last lines of the unit without a pager', async () => {
    const { exec } = await callTool(
      getLogs,
      { unit: 'ssh@1.service', lines: 5, since: '1 hour ago', until: '2026-11-22T10:00:00Z', level: 'error' },
      withJournalctl(`printf '%s\\n' "$@"`),
    );
    expect(exec?.stdout.trimEnd().split('\n')).toEqual([
      '--unit=ssh@1.service',
      '--no-pager',
      '--output=short-iso',
      '--since=1 hour ago',
      '--until=@1795341600',
      '--priority=err',
      '--lines=5',
    ]);
  });

  it.each([
    ['2026-11-22T10:00:00Z', '@1795341600'],
    ['2026-11-22T12:00:00.5+02:00', '@1795341600'],
    ['2026-11-22 10:00:00', '2026-11-22 10:00:00'],
    ['-1h', '-1h'],
  ])('passes the time %s as %s', async (since, passed) => {
    const { exec } = await callTool(getLogs, { unit: 'ssh', since }, withJournalctl(`printf '%s\\n' "$@"`));
    expect(exec?.stdout).toContain(`--since=${passed}\n`);
  });

  it('filters first and then takes the last lines', async () => {
    const { exec } = await callTool(
      getLogs,
      { unit: 'ssh', lines: 1, grep: '[x]' },
      withJournalctl(`printf 'a [x]\\nb [x]\\nx\\n'`),
    );
    expect(exec?.stdout).toBe('b [x]\n');
  });

  it.each([
    ['No journal files were opened due to insufficient permissions.', 'tool_failed', /systemd-journal/],
    ['No journal files were found.', 'not_found', /path/],
    ['Failed to parse timestamp: soon', 'invalid_request', /"soon"/],
  ])('explains "%s"', async (says, code, message) => {
    const context = withJournalctl(`echo '${says}' >&2; echo '-- No entries --'`);
    await expect(callTool(getLogs, { unit: 'ssh', since: 'soon' }, context)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it('says so when the unit has no entries', async () => {
    const { output, exec } = await callTool(getLogs, { unit: 'nope' }, withJournalctl(`echo '-- No entries --'`));
    expect({ output, stdout: exec?.stdout }).toEqual({
      output: expect.stringContaining('no entries of the unit nope'),
      stdout: '',
    });
  });

  it('can be summarized', async () => {
    const line = '2026-11-22T12:00:00+0200 web sshd[1]: Failed password for root from 10.0.0.1 port 22 ssh2';
    const summary = { unit: 'ssh', summarize: true };
    const { data } = await callTool(getLogs, summary, withJournalctl(`echo '${line}'; echo '${line}'`));
    expect(data?.templates).toEqual([
      expect.objectContaining({
        template: 'sshd[<*>]: Failed password for root from <*> port <*> <*>',
        count: 2,
        last: '2026-11-22T10:00:00.000Z',
      }),
    ]);
    const { output } = await callTool(getLogs, summary, withJournalctl(`echo '-- No entries --'`));
    expect(output).toContain('no entries of the unit ssh');
    const refused = withJournalctl(`echo 'No journal files were found.' >&2; echo '-- No entries --'`);
    await expect(callTool(getLogs, summary, refused)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('says that there is no journald', async () => {
    const context = localContext({ env: { PATH: folder } });
    await expect(callTool(getLogs, { unit: 'ssh' }, context)).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('no journald'),
    });
  });
});

describe('the arguments of get_logs', () => {
  it.each([
    ['neither path nor unit', {}],
    ['both path and unit', { path: '/x', unit: 'x' }],
    ['a relative path', { path: 'x.log' }],
    ['standard input', { path: '-' }],
    ['no lines', { path: '/x', lines: 0 }],
    ['too many lines', { path: '/x', lines: 10_001 }],
    ['too many lines for a summary', { path: '/x', lines: 1_000_001, summarize: true }],
    ['a container and a unit', { container: 'x', unit: 'x' }],
    ['a namespace without a pod', { path: '/x', namespace: 'x' }],
    ['a container that is an option', { container: '-x' }],
    ['a pod that is an option', { pod: '--x' }],
    ['a fraction of a line', { path: '/x', lines: 1.5 }],
    ['a pattern for units', { unit: '*' }],
    ['several lines to search for', { path: '/x', grep: 'a\nb' }],
  ])('refuses %s', (_what, input) => {
    expect(getLogs.input.safeParse(input).success).toBe(false);
  });
});

describe('get_logs of containers and pods', () => {
  /** Programs that print what they were asked, since few build machines run containers. */
  function withPrograms(programs: Readonly<Record<string, string>>): ReturnType<typeof localContext> {
    for (const [name, script] of Object.entries(programs))
      writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return localContext({ env: { PATH: `${folder}:/usr/bin:/bin` } });
  }
  const engine = (knows: string): string =>
    `if [ "$1" = inspect ]; then [ "$3" = ${knows} ] && exit; echo "no such container" >&2; exit 1; fi
for word; do echo "$word"; done`;

  it('asks the first engine that knows the container, for what it wrote to either stream', async () => {
    const context = withPrograms({ docker: engine('other'), podman: `${engine('shop')}\necho err >&2` });
    const { exec } = await callTool(
      getLogs,
      { container: 'shop', since: '2026-11-22T12:00:00+02:00', until: '2026-11-22T11:00:00Z', lines: 5 },
      context,
    );
    expect(exec?.stdout.split('\n')).toEqual([
      'logs',
      '--timestamps',
      '--since=2026-11-22T10:00:00.000Z',
      '--until=2026-11-22T11:00:00.000Z',
      '--tail=5',
      'shop',
      'err',
      '',
    ]);
  });

  it.each([
    ['there is none of that name', { docker: engine('other') }, /shop cannot be read on local: no such container/],
    ['there is no engine', {}, /no docker/],
  ])('says that %s', async (_what, programs, message) => {
    await expect(callTool(getLogs, { container: 'shop' }, withPrograms(programs))).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringMatching(message),
    });
  });

  it('refuses a time that only journalctl understands', async () => {
    const given = { container: 'shop', since: 'today' };
    await expect(callTool(getLogs, given, withPrograms({ docker: engine('shop') }))).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('asks kubectl for a pod', async () => {
    const context = withPrograms({ kubectl: `for word; do echo "$word"; done` });
    const given = { pod: 'deploy/web', namespace: 'prod', container: 'app', since: '2026-11-22T10:00:00Z', lines: 5 };
    expect((await callTool(getLogs, given, context)).exec?.stdout.trimEnd().split('\n')).toEqual([
      'logs',
      '--timestamps',
      '--namespace=prod',
      '--container=app',
      '--since-time=2026-11-22T10:00:00.000Z',
      '--tail=5',
      'deploy/web',
    ]);
    const { data } = await callTool(getLogs, { ...given, summarize: true }, context);
    expect(data?.lines).toBe(7);
  });

  it('ends a pod where it is to end, which kubectl cannot', async () => {
    const lines = [8, 9, 10].map((hour) => `echo 2026-11-22T${String(hour).padStart(2, '0')}:00:00.5Z at ${hour}`);
    const context = withPrograms({ kubectl: lines.join('\n') });
    const { exec } = await callTool(getLogs, { pod: 'web', until: '2026-11-22T09:30:00Z', lines: 1 }, context);
    expect(exec?.stdout).toBe('2026-11-22T09:00:00.5Z at 9\n');
  });

  it('says why there is nothing of a pod', async () => {
    await expect(callTool(getLogs, { pod: 'web' }, withPrograms({}))).rejects.toMatchObject({ code: 'not_found' });
    const context = withPrograms({ kubectl: 'echo Forbidden >&2; exit 1' });
    await expect(callTool(getLogs, { pod: 'web', summarize: true }, context)).rejects.toMatchObject({
      message: expect.stringContaining('Forbidden'),
    });
  });
});

describe('get_logs with a level', () => {
  it('returns the lines of a file that say it or a worse one', async () => {
    writeFileSync(path, 'INFO a\n[warn] b\nlevel=error c\nterror d\nFATAL e\ndebug f\n');
    const of = async (level: 'warning' | 'critical'): Promise<string | undefined> =>
      (await callTool(getLogs, { path, level }, localContext())).exec?.stdout;
    expect(await of('warning')).toBe('[warn] b\nlevel=error c\nFATAL e\n');
    expect(await of('critical')).toBe('FATAL e\n');
    expect((await callTool(getLogs, { path, level: 'error', grep: 'x' }, localContext())).output).toBe(
      `No line of ${path} contains "x" and says the level error or a worse one.`,
    );
  });
});

/** Skipped where there is no busybox, and `npm test` counts it. */
(existsSync('/bin/busybox') ? describe : describe.skip)('get_logs on busybox', () => {
  it('reads and searches a file with busybox tools alone', async () => {
    const tools = join(folder, 'bin');
    mkdirSync(tools);
    execFileSync('/bin/busybox', ['--install', '-s', tools]);
    writeFileSync(path, numbered(12));
    const context = localContext({ shell: ['/bin/busybox', 'sh'], env: { PATH: tools } });
    expect((await callTool(getLogs, { path, lines: 2 }, context)).exec).toMatchObject({
      stdout: 'line 11\nline 12\n',
      stderr: '',
    });
    expect((await callTool(getLogs, { path, grep: '-1', lines: 2 }, context)).output).toContain('No line');
    expect((await callTool(getLogs, { path, summarize: true }, context)).data?.lines).toBe(12);
    expect((await callTool(getLogs, { path, level: 'error' }, context)).output).toContain('No line');
    execFileSync('/bin/busybox', ['gzip', path]);
    expect((await callTool(getLogs, { path: `${path}.gz`, lines: 2 }, context)).exec?.stdout).toBe(
      'line 11\nline 12\n',
    );
    execFileSync('/bin/busybox', ['gunzip', `${path}.gz`]);
    expect((await callTool(getLogs, { path, grep: 'line 1', lines: 2 }, context)).exec).toMatchObject({
      stdout: 'line 11\nline 12\n',
      stderr: '',
    });
  });
});
