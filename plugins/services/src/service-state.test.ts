import { describe, expect, it } from '@jest/globals';
import type { ExecResult } from '@servonaut/plugin-sdk';
import type { ServiceState } from './service-state-schema.ts';
import { parseServiceState } from './service-state.ts';

function parsed(stdout: string, exitCode = 0): ServiceState {
  return parseServiceState({ exitCode, stdout } as ExecResult, 'nginx', 'web-1');
}

const systemd = (changed: Record<string, string>): string => {
  const shown = {
    LoadState: 'loaded',
    Description: 'A high performance web server',
    ActiveState: 'active',
    SubState: 'running',
    Result: 'success',
    UnitFileState: 'enabled',
    MainPID: '812',
    ExecMainStatus: '0',
    NRestarts: '2',
    StateChangeTimestamp: 'Sun 2026-11-22 10:00:00 UTC',
    MemoryCurrent: '5242880',
    ...changed,
  };
  const lines = Object.entries(shown).map(([property, value]) => `${property}=${value}`);
  return `[systemd]\n${lines.join('\n')}\n[exit]\n0\n`;
};

describe('what systemd says', () => {
  it('is read with all that it tells', () => {
    expect(parsed(systemd({}))).toEqual({
      name: 'nginx',
      running: true,
      state: 'running',
      detail: 'active (running)',
      description: 'A high performance web server',
      manager: 'systemd',
      enabled: true,
      pid: 812,
      since: '2026-11-22T10:00:00Z',
      restarts: 2,
      memory_bytes: 5_242_880,
      exit_code: null,
    });
  });

  it('of one that has failed has the reason and the exit code', () => {
    const failed = {
      ActiveState: 'failed',
      SubState: 'failed',
      Result: 'exit-code',
      MainPID: '0',
      ExecMainStatus: '1',
    };
    const old = { MemoryCurrent: '18446744073709551615', StateChangeTimestamp: '', UnitFileState: 'static' };
    expect(parsed(systemd({ ...failed, ...old }))).toMatchObject({
      running: false,
      state: 'failed',
      detail: 'failed (failed), exit-code',
      enabled: null,
      pid: null,
      since: null,
      memory_bytes: null,
      exit_code: 1,
    });
  });

  it.each([
    ['activating', 'changing'],
    ['inactive', 'stopped'],
    ['maintenance', 'unknown'],
  ])('%s is %s', (active, state) => {
    expect(parsed(systemd({ ActiveState: active }))).toMatchObject({ state });
  });

  it('of a unit that is not there is no state', () => {
    expect(() => parsed(systemd({ LoadState: 'not-found', ActiveState: 'inactive' }))).toThrow(
      expect.objectContaining({ code: 'not_found' }),
    );
  });
});

describe('what others say', () => {
  it.each([
    [
      'OpenRC, running',
      '[openrc]\n * status: started\n[enabled]\n sshd | default\n nginx | default\n[exit]\n0\n',
      'running',
      true,
    ],
    ['OpenRC, stopped', '[openrc]\n * status: stopped\n[enabled]\n sshd | default\n[exit]\n3\n', 'stopped', false],
    ['OpenRC, crashed', '[openrc]\n * status: crashed\n[exit]\n32\n', 'failed', null],
    ['OpenBSD, running', '[rcctl]\nnginx(ok)\n[enabled]\nnginx\n[exit]\n0\n', 'running', true],
    ['OpenBSD, stopped', '[rcctl]\nnginx(failed)\n[enabled]\n-\n[exit]\n1\n', 'stopped', false],
    [
      'FreeBSD, running',
      '[service]\nnginx is running as pid 812.\n[enabled]\n/usr/local/etc/rc.d/nginx\n[exit]\n0\n',
      'running',
      true,
    ],
    ['FreeBSD, stopped', '[service]\nnginx is not running.\n[enabled]\n/etc/rc.d/cron\n[exit]\n1\n', 'stopped', false],
    [
      'SysV of Debian',
      '[service]\nnginx is not running ... failed!\n[enabled]\n/etc/rc2.d/S01nginx\n-\n[exit]\n3\n',
      'stopped',
      true,
    ],
    ['SysV of Red Hat', '[service]\nnginx dead but pid file exists\n[exit]\n1\n', 'failed', null],
    ['a script with a code of its own', '[service]\nwho knows\n[exit]\n150\n', 'unknown', null],
  ])('is read: %s', (_what, stdout, state, enabled) => {
    expect(parsed(stdout)).toMatchObject({ state, enabled, running: state === 'running' });
  });

  it('has the process where it is told', () => {
    expect(parsed('[service]\nnginx is running as pid 812.\n[exit]\n0\n')).toMatchObject({ pid: 812 });
  });

  it.each([
    "[openrc]\n * rc-service: service `nginx' does not exist\n[exit]\n1\n",
    '[rcctl]\nrcctl: service nginx does not exist\n[exit]\n2\n',
    '[service]\nnginx does not exist in /etc/rc.d or the local startup\ndirectories\n[exit]\n1\n',
    '[service]\nnginx: unrecognized service\n[exit]\n1\n',
  ])('may be that there is no such service: %j', (stdout) => {
    expect(() => parsed(stdout)).toThrow(expect.objectContaining({ code: 'not_found' }));
  });
});

it('says that nothing supervises services', () => {
  expect(() => parsed('', 81)).toThrow(expect.objectContaining({ code: 'not_found' }));
});
