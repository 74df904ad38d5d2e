import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { callTool, localContext } from '@servonaut/plugin-sdk/testing';
import { containerLogs } from './container-logs.tool.ts';
import { parseContainers } from './container-row.ts';
import { listContainers } from './list-containers.tool.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'servonaut-containers-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const PS = `4f1d2b3c4d5e6f70|web|nginx:1.27|Up 3 hours (healthy)|0.0.0.0:80->80/tcp, 443/tcp
5f1d2b3c4d5e6f70|api|app:7|Exited (137) 2 minutes ago|
6f1d2b3c4d5e6f70|worker|app:7|Up 2 days (unhealthy)|
`;

describe('the rows of list_containers', () => {
  it.each([
    ['Up 3 hours (healthy)', { state: 'running', running: true, health: 'healthy', exit_code: null }],
    ['Up 5 seconds (health: starting)', { state: 'running', health: 'starting' }],
    ['Up 2 weeks (Paused)', { state: 'paused', running: false, health: null }],
    ['Exited (137) 2 minutes ago', { state: 'exited', exit_code: 137 }],
    ['Restarting (1) 5 seconds ago', { state: 'restarting', exit_code: 1 }],
    ['Created', { state: 'created', exit_code: null }],
    ['Removal In Progress', { state: 'unknown' }],
  ])('read the status %s', (status, expected) => {
    expect(parseContainers(`4f1d2b3c4d5e6f70|web|nginx|${status}|\nnoise\n`)).toEqual([
      expect.objectContaining({ id: '4f1d2b3c4d5e', name: 'web', status, ...expected }),
    ]);
  });
});

const SHELLS = [['/bin/sh'], ['/bin/busybox', 'sh']] as const;
type Shell = (typeof SHELLS)[number];

/** Runtimes that note in `asked` what they were asked. */
function server(runtimes: Readonly<Record<string, string>>, shell: Shell = SHELLS[0]): ReturnType<typeof localContext> {
  const tools = join(folder, 'bin');
  mkdirSync(tools);
  if (shell[0] === '/bin/busybox') execFileSync('/bin/busybox', ['--install', '-s', tools]);
  else
    for (const name of ['cat', 'grep', 'tail'])
      writeFileSync(join(tools, name), `#!/bin/sh\nPATH=/usr/bin:/bin exec ${name} "$@"\n`, { mode: 0o755 });
  for (const [name, script] of Object.entries(runtimes))
    writeFileSync(join(tools, name), `#!/bin/sh\necho "${name} $*" >> '${folder}/asked'\n${script}\n`, { mode: 0o755 });
  return localContext({ shell, env: { PATH: tools }, server: { name: 'web-1', labels: {} } });
}

const asked = (): string[] => readFileSync(join(folder, 'asked'), 'utf8').trimEnd().split('\n');
const lists = `cat <<'E'\n${PS}E`;
const logs = `case $1 in logs) echo 'a [x]'; echo 'b [x]' >&2; echo c;; esac`;

/** Busybox alone may be missing: it is skipped there, and `npm test` counts it. */
for (const shell of SHELLS) {
  const block = existsSync(shell[0]) ? describe : describe.skip;
  block(`containers through ${shell.join(' ')}`, () => {
    it('are listed, those first that do not run', async () => {
      const { data, output } = await callTool(listContainers, {}, server({ docker: lists }, shell));
      expect(data?.containers.map(({ name }) => name)).toEqual(['api', 'web', 'worker']);
      expect(output).toMatch(/^name +image +status +ports\napi +app:7 +Exited \(137\) 2 minutes ago +-\n/);
    });

    it('have logs of stdout and stderr', async () => {
      const input = { container: 'web', lines: 5, since: '10m' };
      const { exec } = await callTool(containerLogs, input, server({ podman: logs }, shell));
      expect(exec).toMatchObject({ stdout: 'a [x]\nb [x]\nc\n', exitCode: 0 });
      expect(asked()).toEqual([
        'podman inspect --format {{.Id}} web',
        'podman logs --timestamps --since 10m --tail 5 web',
      ]);
    });

    it('have logs that are filtered first, and then cut', async () => {
      const input = { container: 'web', lines: 1, grep: '[x]' };
      const { exec } = await callTool(containerLogs, input, server({ docker: logs }, shell));
      expect(exec?.stdout).toBe('b [x]\n');
    });

    it('say what the runtime says when there is no such container', async () => {
      const context = server({ docker: 'echo no such thing >&2; exit 1' }, shell);
      const { exec } = await callTool(containerLogs, { container: 'web', grep: 'x' }, context);
      expect(exec).toMatchObject({ exitCode: 1, stdout: '', stderr: 'no such thing\n' });
      expect(asked()).toHaveLength(1);
    });

    it('are not found where nothing runs any', async () => {
      const context = server({ podman: lists }, shell);
      await expect(callTool(listContainers, { runtime: 'docker' }, context)).rejects.toMatchObject({
        code: 'not_found',
        message: expect.stringContaining('no docker on web-1'),
      });
    });
  });
}

describe('the tools for containers', () => {
  it('lose none of a list that is longer than an answer', async () => {
    const many = `i=0; while [ $i -lt 9999 ]; do i=$((i+1)); echo "4f1d2b3c4d5e|c$i-|nginx:1.27|Up 3 hours (healthy)|0.0.0.0:80->80/tcp, 443/tcp"; done`;
    const { data } = await callTool(listContainers, { filter: 'c5000-' }, server({ docker: many }));
    expect(data?.containers.map(({ name }) => name)).toEqual(['c5000-']);
  });

  it('show those with a text in name or image, and say how many are left out', async () => {
    const { data, output } = await callTool(listContainers, { filter: 'app:', most: 1 }, server({ nerdctl: lists }));
    expect(data).toMatchObject({ matching: 2, containers: [{ name: 'api' }] });
    expect(output).toContain('[1 more left out');
  });

  it('say that a container has written nothing', async () => {
    const { output } = await callTool(containerLogs, { container: 'web', grep: 'nope' }, server({ docker: logs }));
    expect(output).toBe('The container web has written no lines that fit.');
  });

  it.each([
    { container: '-f' },
    { container: 'a b' },
    { container: 'web', since: '-1' },
    { container: 'web', grep: 'a\nb' },
    { container: 'web', runtime: 'rkt' },
  ])('refuse %j', (input) => {
    expect(containerLogs.input.safeParse(input).success).toBe(false);
  });
});
