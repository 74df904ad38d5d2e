import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder, waitFor } from '@servonaut/testkit';
import { SshConfig, type SshConfigOptions } from './ssh-config.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder, 'config');
  mkdirSync(join(folder, 'extra'));
  writeFileSync(join(folder, 'asked'), '');
  writeFileSync(join(folder, 'running'), '');
  // ssh itself, which writes down how many of it were there at once.
  const script = `#!/bin/sh
echo + >> ${folder}/running
echo . >> ${folder}/asked
ssh "$@"
code=$?
echo - >> ${folder}/running
exit $code
`;
  writeFileSync(join(folder, 'ssh'), script);
  chmodSync(join(folder, 'ssh'), 0o755);
});

function configOf(text: string, options: Partial<SshConfigOptions> = {}) {
  writeFileSync(path, text);
  const config = new SshConfig({
    account: { home: folder, user: 'me' },
    path,
    program: join(folder, 'ssh'),
    ...options,
  });
  return {
    config,
    portOf: async (name: string, isWarm = false) =>
      (await config.resolve({ destination: name }, name, isWarm)).get('port')?.[0],
  };
}

const timesAsked = () => readFileSync(join(folder, 'asked'), 'utf8').length / 2;

function mostAtOnce(): number {
  let running = 0;
  return Math.max(
    ...readFileSync(join(folder, 'running'), 'utf8')
      .trim()
      .split('\n')
      .map((sign) => (running += sign === '+' ? 1 : -1)),
  );
}

describe('what holds for a server', () => {
  it('is asked for once, by however many', async () => {
    const { portOf } = configOf('Host web\n  Port 2201\n');
    expect(await Promise.all([portOf('web'), portOf('web'), portOf('web')])).toEqual(['2201', '2201', '2201']);
    expect(await portOf('web')).toBe('2201');
    expect(timesAsked()).toBe(1);
  });

  it('is asked for anew when an included file changes, or a further one comes', async () => {
    const { portOf } = configOf(`Include ${folder}/extra/*.conf\nHost web\n  Port 2201\n`);
    expect(await portOf('web')).toBe('2201');
    writeFileSync(join(folder, 'extra', 'b.conf'), 'Host web\n  Port 2202\n');
    expect(await portOf('web')).toBe('2202');
    writeFileSync(join(folder, 'extra', 'b.conf'), 'Host web\n  Port 2203\n');
    expect(await portOf('web')).toBe('2203');
    writeFileSync(join(folder, 'extra', 'a.conf'), 'Host web\n  Port 2204\n');
    expect(await portOf('web')).toBe('2204');
    expect(timesAsked()).toBe(4);
  });

  it('is asked for anew for each connection when a command decides, but not for one that is there already', async () => {
    const flag = join(folder, 'extra', 'flag');
    const { portOf } = configOf(`Match host web exec "test -e ${flag}"\n  Port 2202\nHost *\n  Port 2201\n`);
    expect(await portOf('web')).toBe('2201');
    writeFileSync(flag, '');
    expect(await portOf('web', true)).toBe('2201');
    expect(timesAsked()).toBe(1);
    expect(await portOf('web')).toBe('2202');
    expect(await portOf('web', true)).toBe('2202');
    // The command decides nothing for another server.
    await portOf('db');
    await portOf('db');
    expect(timesAsked()).toBe(3);
  });

  it('is asked for many servers at once, and not for too many', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `web-${index}`);
    const { portOf } = configOf('Match exec "sleep 0.1"\n  Port 2201\n', { parallel: 3 });
    await Promise.all(names.map((name) => portOf(name)));
    expect(mostAtOnce()).toBe(3);
  });

  it.each([['ssh'], ['/nonexistent/ssh']])(
    'is not waited for when a command of its never ends: %s',
    async (program) => {
      const pid = join(folder, 'pid');
      const { portOf } = configOf(`Match exec "echo $$ > ${pid}; sleep 1000"\n  Port 2202\nHost *\n  Port 2201\n`, {
        program,
        timeoutMs: 300,
      });
      const answer = await portOf('web').catch((error: { code: string }) => error.code);
      // Without ssh, a command that is given up has not gone well.
      expect(answer).toBe(program === 'ssh' ? 'config_invalid' : '2201');
      const left = Number(readFileSync(pid, 'utf8'));
      await waitFor(() => !isThere(left), { what: 'the command to end' });
    },
  );

  it('is not waited for where a file is a pipe that nobody writes to, and is known once it is none', async () => {
    const pipe = join(folder, 'extra', 'pipe');
    execFileSync('mkfifo', [pipe]);
    const { portOf } = configOf(`Include ${pipe}\nHost web\n  Port 2201\n`, { parallel: 1 });
    await expect(portOf('web')).rejects.toMatchObject({ code: 'config_invalid' });
    rmSync(pipe);
    expect(await portOf('web')).toBe('2201');
  });

  it('is given up when it comes to no end, and asked for anew', async () => {
    const flag = join(folder, 'extra', 'flag');
    const slow = Array.from(
      { length: 3 },
      (_, index) => `Match exec "test -e ${flag} || sleep 0.4"\n  Port 220${index}\n`,
    );
    const options = { program: '/nonexistent/ssh', parallel: 1, timeoutMs: 500 };
    const { portOf } = configOf(slow.join(''), options);
    await expect(portOf('web')).rejects.toMatchObject({
      code: 'config_invalid',
      message: 'The SSH configuration of web was not read in time.',
    });
    writeFileSync(flag, '');
    expect(await portOf('web')).toBe('2200');
  });

  it('is not known when ssh does not understand the file, and what ssh says of it stays here', async () => {
    const { portOf } = configOf('Host web\n  Prot 2201\n');
    await expect(portOf('web')).rejects.toMatchObject({
      code: 'config_invalid',
      message: 'The SSH configuration of web is not valid.',
      detail: expect.stringMatching(/^.*config.*line 2: Bad configuration option: prot/),
    });
  });
});

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
