import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  findProgram,
  missingUserSystemd,
  startUserSystemd,
  temporaryFolder,
  unlessMissing,
  waitFor,
  type TestUserSystemd,
} from '@servonaut/testkit';
import { readEnvironment } from '../../session/environment.ts';
import { openSession, type Session } from '../../session/session.ts';
import { FINAL_EXIT_CODES, planBackground, type BackgroundPlan } from './background-plan.ts';
import { carryOut, plannedInstall, plannedUninstall } from './background-service.ts';
import { launchdPlist } from './launchd-plist.ts';
import { systemdUnit } from './systemd-unit.ts';

const PLAN: BackgroundPlan = {
  profile: 'prod',
  program: ['/opt/a "b"\\c/100%/$HOME/node', '/usr/lib/servonaut/bin/run.js'],
  variables: { PATH: '/usr/bin:/opt/$x/%h', SERVONAUT_CONFIG_DIR: `/home/ada/it's <&>` },
  stopSeconds: 33,
};

function aSession(variables: NodeJS.ProcessEnv, profile = 'prod'): Session {
  return openSession(profile, readEnvironment({ HOME: '/home/ada', PATH: '/usr/bin:/bin', ...variables }));
}

describe('what is kept running', () => {
  it('is started as it is found now, with no secret and nothing that is gone with the shell', () => {
    const secrets = { SERVONAUT_TOKEN: 'tok-1', AWS_SECRET_ACCESS_KEY: 'aws-1', HTTPS_PROXY: 'http://u:pw-1@p' };
    const session = aSession({
      ...secrets,
      PATH: '/usr/bin:.:/tmp/x:/home/ada/app/node_modules/.bin:/opt/cloud/bin:/usr/bin',
      SSH_AUTH_SOCK: '/run/user/1000/keyring/ssh',
      SERVONAUT_CONFIG_DIR: '/home/ada/.config/servonaut',
      SERVONAUT_STATE_DIR: '/home/ada/state',
    });
    const { plan, warnings } = planBackground(session, '/usr/lib/servonaut', '/usr/bin/env');
    expect(plan).toEqual({
      profile: 'prod',
      program: ['/usr/bin/env', '/usr/lib/servonaut/bin/run.js'],
      variables: {
        PATH: `/usr/bin${delimiter}/opt/cloud/bin`,
        SERVONAUT_CONFIG_DIR: '/home/ada/.config/servonaut',
        SERVONAUT_STATE_DIR: '/home/ada/state',
        SSH_AUTH_SOCK: '/run/user/1000/keyring/ssh',
      },
      stopSeconds: 33,
    });
    expect(warnings).toEqual([expect.stringContaining('does not have HTTPS_PROXY')]);
    expect(systemdUnit(plan, 255) + launchdPlist('l', '/l', plan)).not.toMatch(/tok-1|aws-1|pw-1/);
  });

  it('warns of what will be gone, and of settings that only this shell has', () => {
    const session = aSession({ SSH_AUTH_SOCK: '/tmp/ssh-x/agent.1', SERVONAUT_MAX_RUNNING: '3' });
    const { plan, warnings } = planBackground(session, '/home/ada/.npm/_npx/1f/node_modules/servonaut', '/usr/bin/env');
    expect(warnings).toEqual([
      expect.stringContaining('/_npx/1f/node_modules/servonaut/bin/run.js is in a folder that may be emptied'),
      expect.stringContaining('/tmp/ssh-x/agent.1'),
      expect.stringContaining('SERVONAUT_MAX_RUNNING'),
    ]);
    expect(plan.variables).not.toHaveProperty('SSH_AUTH_SOCK');
  });

  it('has the proxies of the operator, but for passwords', () => {
    const session = aSession({
      HTTPS_PROXY: 'http://ada:hunter2@proxy:3128',
      HTTP_PROXY: 'http://proxy:3128',
      NO_PROXY: 'localhost',
    });
    const { plan, warnings } = planBackground(session, '/usr/lib/servonaut', '/usr/bin/env');
    expect(plan.variables).toMatchObject({ HTTP_PROXY: 'http://proxy:3128', NO_PROXY: 'localhost' });
    expect(warnings).toEqual([expect.stringContaining('does not have HTTPS_PROXY')]);
    expect(JSON.stringify([plan, warnings])).not.toContain('hunter2');
  });

  it('takes no path that would begin a line of its own', () => {
    const session = aSession({ SERVONAUT_CONFIG_DIR: '/x\nExecStartPre=/bin/evil' });
    expect(() => planBackground(session, '/usr/lib/servonaut', '/usr/bin/env')).toThrow('control character');
  });

  it('is not started again after what only the operator can mend', () => {
    expect(FINAL_EXIT_CODES).toEqual([2, 76, 77, 78, 79]);
  });
});

describe('the unit of systemd', () => {
  it('has each path as it is', () => {
    const unit = systemdUnit(PLAN, 252);
    expect(unit).toContain(
      `ExecStart="/opt/a \\"b\\"\\\\c/100%%/$$HOME/node" "/usr/lib/servonaut/bin/run.js" connect --plain --profile prod\n`,
    );
    expect(unit).toContain(
      `Environment="PATH=/usr/bin:/opt/$x/%%h"\nEnvironment="SERVONAUT_CONFIG_DIR=/home/ada/it's <&>"\n`,
    );
    expect(unit).toContain('RestartPreventExitStatus=2 76 77 78 79\n');
    expect(unit).not.toContain('RestartSteps');
    expect(systemdUnit(PLAN, 254)).toContain('RestartSec=10\nRestartSteps=6\nRestartMaxDelaySec=300\n');
  });

  const analyze = findProgram('systemd-analyze');
  unlessMissing(it, analyze ? undefined : 'systemd-analyze')('is one that systemd understands', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'servonaut@prod.service');
    writeFileSync(file, systemdUnit({ ...PLAN, program: ['/usr/bin/env', '/x/run.js'] }, 252));
    const { stderr, status } = spawnSync(analyze ?? '', ['--user', 'verify', file], {
      env: { PATH: process.env['PATH'], HOME: folder, XDG_RUNTIME_DIR: folder },
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
  });
});

describe('the agent of launchd', () => {
  const python = findProgram('python3');
  unlessMissing(it, python ? undefined : 'python3')('is a property list with each path as it is', () => {
    const read = 'import plistlib,sys,json; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))';
    const plist = launchdPlist('servonaut.connect.prod', '/home/ada/a&b.log', PLAN);
    expect(JSON.parse(execFileSync(python ?? '', ['-c', read], { input: plist, encoding: 'utf8' }))).toEqual({
      Label: 'servonaut.connect.prod',
      ProgramArguments: [...PLAN.program, 'connect', '--plain', '--profile', 'prod'],
      EnvironmentVariables: PLAN.variables,
      RunAtLoad: true,
      KeepAlive: { SuccessfulExit: false },
      ThrottleInterval: 60,
      ExitTimeOut: 33,
      StandardOutPath: '/home/ada/a&b.log',
      StandardErrorPath: '/home/ada/a&b.log',
      Umask: 0o077,
      HardResourceLimits: { Core: 0 },
    });
  });
});

unlessMissing(describe, missingUserSystemd())('with the systemd of a user', () => {
  let home: string;
  let manager: TestUserSystemd;
  beforeAll(async () => {
    home = await temporaryFolder();
    manager = await startUserSystemd(home);
  });
  afterAll(() => manager.stop());

  /** The session of an operator, and a `connect` that writes what it was started with, and goes on or ends with an exit code. */
  function aMachine(profile: string, exitCode?: number) {
    const session = aSession(
      {
        HOME: home,
        PATH: `${manager.programs}${delimiter}/usr/bin:/bin`,
        SERVONAUT_CONFIG_DIR: join(home, '.config', 'servonaut'),
        SERVONAUT_STATE_DIR: join(home, 'state'),
      },
      profile,
    );
    const token = { url: 'https://c.example', user_id: '1', user_name: 'ada', label: 'x', token: 't' };
    const pinned = [{ kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }];
    mkdirSync(session.paths.configDir, { recursive: true });
    writeFileSync(
      join(session.paths.configDir, 'credentials.json'),
      JSON.stringify({ ...token, pinned_keys: pinned, logged_in_at: '2026-11-22T10:00:00.000Z' }),
      { mode: 0o600 },
    );
    const root = join(home, `package-${profile}`);
    mkdirSync(join(root, 'bin'), { recursive: true });
    const goesOn = exitCode === undefined ? 'setInterval(() => {}, 1e6)' : `process.exit(${exitCode})`;
    const told = JSON.stringify(join(root, 'told'));
    writeFileSync(
      join(root, 'bin', 'run.js'),
      `require('fs').writeFileSync(${told}, process.argv.slice(2).join(' ')); process.on('SIGTERM', () => process.exit(0)); ${goesOn}`,
    );
    const shown = (property: string): string =>
      execFileSync(
        join(manager.programs, 'systemctl'),
        ['--user', 'show', `servonaut@${profile}.service`, `--property=${property}`, '--value'],
        { encoding: 'utf8' },
      ).trim();
    return { session, root, shown, told: join(root, 'told') };
  }

  it('starts it, leaves it as it is when told again, and takes it away', async () => {
    const { session, root, shown, told } = aMachine('prod');
    const first = await plannedInstall(session, root);
    expect(first.before).toBeUndefined();
    await carryOut(first);
    await waitFor(() => existsSync(told), { what: 'the service to run', timeoutMs: 10_000 });
    expect([shown('ActiveState'), shown('UnitFileState')]).toEqual(['active', 'enabled']);
    const again = await plannedInstall(session, root);
    expect(again.before).toBe(first.after);
    expect(again.after).toBe(first.after);
    const end = await plannedUninstall(session);
    await carryOut(end);
    expect([existsSync(first.manager.file), shown('ActiveState'), shown('LoadState')]).toEqual([
      false,
      'inactive',
      'not-found',
    ]);
    await carryOut(await plannedUninstall(session));
  });

  it.each([
    [77, 'failed'],
    [70, 'auto-restart'],
  ])('after exit code %i it is %s', async (code, state) => {
    const { session, root, shown } = aMachine(`code-${code}`, code);
    await carryOut(await plannedInstall(session, root));
    const isOver = (): boolean => ['failed', 'auto-restart'].includes(shown('SubState'));
    await waitFor(isOver, { what: 'the service to end', timeoutMs: 10_000 });
    expect([shown('SubState'), shown('ExecMainStatus'), shown('NRestarts')]).toEqual([state, `${code}`, '0']);
    await carryOut(await plannedUninstall(session));
  });
});

describe('where there is no such systemd', () => {
  it('says what to do instead, and changes nothing', async () => {
    const folder = await temporaryFolder();
    const session = aSession({ HOME: folder, PATH: folder, SERVONAUT_CONFIG_DIR: folder });
    await expect(plannedInstall(session, folder)).rejects.toMatchObject({ code: 'not_logged_in' });
    const { manager } = await plannedUninstall(session);
    await expect(manager.check()).rejects.toMatchObject({
      code: 'unavailable',
      nextStep: expect.stringContaining('connect --plain'),
    });
  });
});
