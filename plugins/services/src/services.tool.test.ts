import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sh } from '@servonaut/plugin-sdk';
import { callTool, localContext } from '@servonaut/plugin-sdk/testing';
import { ACTIONS } from './control-script.ts';
import { serviceControl } from './service-control.tool.ts';
import { serviceStatus } from './service-status.tool.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'servonaut-services-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const SHELLS = [['/bin/sh'], ['/bin/busybox', 'sh']] as const;
/** Where systemd runs, it is asked before all others. */
const SYSTEMD = existsSync('/run/systemd/system');

/** Programs of the server's that note what they were asked in `asked`; without those of this machine, but for a few tools. */
function server(
  programs: Readonly<Record<string, string>>,
  shell: readonly [string, ...string[]],
): ReturnType<typeof localContext> {
  const tools = join(folder, 'bin');
  mkdirSync(tools);
  if (shell[0] === '/bin/busybox') execFileSync('/bin/busybox', ['--install', '-s', tools]);
  else
    for (const name of ['ls', 'cat'])
      writeFileSync(join(tools, name), `#!/bin/sh\nexec /bin/${name} "$@"\n`, { mode: 0o755 });
  for (const [name, script] of Object.entries(programs))
    writeFileSync(join(tools, name), `#!/bin/sh\necho "${name} $*" >> '${folder}/asked'\n${script}\n`, { mode: 0o755 });
  return localContext({ shell, env: { PATH: tools }, server: { name: 'web-1', labels: {} } });
}

const asked = (): string[] => readFileSync(join(folder, 'asked'), 'utf8').trimEnd().split('\n');

for (const shell of SHELLS) {
  const block = existsSync(shell[0]) && !SYSTEMD ? describe : describe.skip;
  block(`services through ${shell.join(' ')}`, () => {
    it('are looked at on OpenRC', async () => {
      const programs = { 'rc-service': `echo ' * status: started'`, 'rc-update': `echo ' nginx | default'` };
      const { data, output } = await callTool(serviceStatus, { name: 'nginx' }, server(programs, shell));
      expect(data).toMatchObject({ state: 'running', enabled: true, manager: 'openrc' });
      expect(output).toBe('nginx on web-1 is running: status: started, starts with the server');
    });

    it.each([
      ['restart', 'rc-service --nocolor nginx restart'],
      ['enable', 'rc-update add nginx default'],
      ['disable', 'rc-update --all del nginx'],
    ] as const)('%s on OpenRC', async (action, command) => {
      const programs = { 'rc-service': `echo ' * status: started'`, 'rc-update': ':' };
      const { data } = await callTool(serviceControl, { name: 'nginx', action }, server(programs, shell));
      expect(asked()[0]).toBe(command);
      expect(data).toMatchObject({ state: 'running' });
    });

    it.each(ACTIONS)('%s on OpenBSD', async (action) => {
      const context = server({ rcctl: `case $1 in check) echo 'nginx(ok)';; esac` }, shell);
      const { data } = await callTool(serviceControl, { name: 'nginx', action }, context);
      expect(asked()[0]).toBe(`rcctl ${action} nginx`);
      expect(data).toMatchObject({ manager: 'rcctl', enabled: true });
    });

    it.each([
      ['start', 'service nginx start'],
      ['enable', 'update-rc.d nginx enable'],
    ] as const)('%s with scripts of SysV', async (action, command) => {
      const programs = { service: 'echo nginx is running', 'update-rc.d': ':' };
      const { output } = await callTool(serviceControl, { name: 'nginx', action }, server(programs, shell));
      expect(asked()).toEqual(expect.arrayContaining([command, 'service nginx status']));
      expect(output).toMatch(/^(started|enabled)\. nginx on web-1 is running: /);
    });

    it('answer with what went wrong when that was not done, and nothing more is asked', async () => {
      const context = server({ 'rc-service': 'echo no; echo wrong >&2; exit 4' }, shell);
      const { exec, data } = await callTool(serviceControl, { name: 'nginx', action: 'start' }, context);
      expect({ exec, data }).toMatchObject({
        exec: { exitCode: 4, stdout: '', stderr: 'no\nwrong\n' },
        data: undefined,
      });
      expect(asked()).toHaveLength(1);
    });

    it('are not found where nothing supervises any', async () => {
      const context = server({}, shell);
      const calls = [
        () => callTool(serviceStatus, { name: 'nginx' }, context),
        () => callTool(serviceControl, { name: 'nginx', action: 'start' }, context),
      ];
      for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'not_found' });
    });
  });
}

describe('the arguments of the tools for services', () => {
  it.each(['', '../nginx', '/etc/init.d/nginx', '-h', '.', 'a b', 'a\nb', 'x'.repeat(257)])(
    'refuse the name %j',
    (name) => {
      expect(serviceStatus.input.safeParse({ name }).success).toBe(false);
      expect(serviceControl.input.safeParse({ name, action: 'start' }).success).toBe(false);
    },
  );

  it('refuse what cannot be done with a service', () => {
    expect(serviceControl.input.safeParse({ name: 'nginx', action: 'mask' }).success).toBe(false);
  });

  it('ask for root only when told to', async () => {
    const told: unknown[] = [];
    const local = localContext();
    const exec: typeof local.exec = (_command, options) => {
      told.push(options?.sudo);
      return local.exec(sh`exit 1`);
    };
    for (const sudo of [false, true])
      await serviceControl.run({ name: 'nginx', action: 'start', sudo }, { ...local, exec });
    expect(told).toEqual([false, true]);
  });
});
