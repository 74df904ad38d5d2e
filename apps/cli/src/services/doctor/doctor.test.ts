import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ServonautError } from '@servonaut/contracts';
import { startSshd, temporaryFolder, type TestSshd } from '@servonaut/testkit';
import { FakeCoordinator } from '../../relay/testing/fake-coordinator.ts';
import { findingsJson, isWell, renderFindings } from '../../ui/render-doctor.ts';
import { withoutAddresses } from './addresses.ts';
import { checked, examine, worstLast } from './doctor.ts';
import { failure, ok, warning, type Finding, type Seen } from './finding.ts';
import { patientFacts } from './testing/a-patient.ts';

const found = (seen: Seen, check = 'hub'): Finding => ({ check, ...seen });

describe('an examination', () => {
  let coordinator: FakeCoordinator;
  let sshd: TestSshd;
  beforeEach(async () => {
    [coordinator, sshd] = await Promise.all([FakeCoordinator.start(), startSshd()]);
  });
  afterEach(() => Promise.all([coordinator.stop(), sshd.stop()]));

  const addresses = () => [new URL(coordinator.url).host, sshd.host, String(sshd.port)];

  it('finds everything well, and tells no address', async () => {
    const findings = await examine({ ...(await patientFacts({ coordinator, sshd })), showAddresses: false });
    const shown = renderFindings(findings) + JSON.stringify(findingsJson(findings));
    expect(findings.filter(({ state }) => state === 'failure')).toEqual([]);
    expect(findings.filter(({ state }) => state === 'warning').map(({ check }) => check)).toEqual(['connect']);
    for (const address of addresses()) expect(shown).not.toContain(address);
    expect(shown).not.toContain(coordinator.token);
  });

  it('goes on to the end with everything broken, and tells no address', async () => {
    const facts = await patientFacts({ coordinator, sshd });
    const places = addresses();
    await Promise.all([coordinator.stop(), sshd.stop()]);
    const findings = await examine({ ...facts, showAddresses: false });
    expect(findings.filter(({ state }) => state === 'failure').map(({ check }) => check)).toEqual([
      'coordinator',
      'server',
    ]);
    const shown = renderFindings(findings) + JSON.stringify(findingsJson(findings));
    for (const address of places) expect(shown).not.toContain(address);
    await Promise.all([coordinator.start(), sshd.restart()]);
  });

  it('goes on to the end with an SSH configuration that is read to no end', async () => {
    const folder = await temporaryFolder();
    const [config, end] = [join(folder, 'ssh_config'), join(folder, 'end')];
    await writeFile(config, `Host web-1\nMatch exec "until test -e ${end}; do sleep 0.1; done"\n`);
    const env = {
      SERVONAUT_SSH_CONFIG: config,
      SERVONAUT_SSH_CONFIG_TIMEOUT_MS: '60000',
      SERVONAUT_DOCTOR_TIMEOUT_SECONDS: '1',
    };
    const findings = await examine({ ...(await patientFacts({ coordinator, env })), showAddresses: false });
    await writeFile(end, '');
    expect(findings.at(-1)).toMatchObject({ check: 'server', subject: 'web-1', state: 'failure' });
  });

  it('tells addresses when it is asked to', async () => {
    const findings = await examine({ ...(await patientFacts({ coordinator, sshd })), showAddresses: true });
    expect(renderFindings(findings)).toContain(coordinator.url);
  });
});

describe('a check', () => {
  it('that takes too long is a failure, and is told to stop', async () => {
    let given: AbortSignal | undefined;
    const forever = (signal: AbortSignal): Promise<Seen[]> => {
      given = signal;
      return new Promise(() => undefined);
    };
    expect(await checked(forever, 0.01)).toMatchObject([{ state: 'failure', what: 'No answer within 0.01 s.' }]);
    expect(given?.aborted).toBe(true);
  });

  it.each([
    [new ServonautError('signed_out'), 'This profile was signed out.'],
    [new Error('oops'), 'The check itself has failed.'],
    [Object.assign(new Error('EACCES /x'), { code: 'EACCES', syscall: 'open' }), 'It cannot be looked at (EACCES).'],
  ])('that throws is a failure', async (error, what) => {
    const broken = async (): Promise<Seen[]> => {
      throw error;
    };
    expect(await checked(broken, null)).toMatchObject([{ state: 'failure', what }]);
  });
});

describe('findings', () => {
  it('stand with the worst last, in their order otherwise', () => {
    const findings = [found(failure('a', 'x')), found(ok('b')), found(warning('c', 'y')), found(ok('d'))];
    expect(worstLast(findings).map(({ what }) => what)).toEqual(['b', 'd', 'c', 'a']);
  });

  it.each([
    ['http://10.0.0.7:3000/x is gone', '(address) is gone'],
    ['see https://ada:pw@c.example.com.', 'see (address)'],
    ['10.0.0.7 and 10.0.0.8:22.', '(address) and (address):22.'],
    ['at 2001:db8::7, or [::1]:22', 'at (address), or [(address)]:22'],
    ['at 10:00:00 on web-1, OpenSSH 9.2, 1.2.3', 'at 10:00:00 on web-1, OpenSSH 9.2, 1.2.3'],
    ['Db-1.example.com is not other-db-1.example.com.', '(address) is not other-db-1.example.com.'],
  ])('%s', (what, shown) => {
    const hosts = new Set(['db-1.example.com', 'web-1']);
    expect(withoutAddresses(found(failure(what, what)), hosts)).toMatchObject({ what: shown, todo: shown });
  });
});

describe('what is printed', () => {
  const findings = [
    found(ok('Answers in 3.1 ms, version 0.1.0.', { detail: 'https://c.example.com' }), 'coordinator'),
    found(
      warning(
        'Encrypted, and not in the SSH agent. Used for web-1, web-2, web-3 and 12 more.',
        'Run "ssh-add ~/.ssh/id_deploy" where "connect" is started.',
        { subject: '~/.ssh/id_deploy' },
      ),
      'key',
    ),
    found(
      failure('db-1 did not answer\u001b[2J within 20000 ms.', 'Check host and port.', { subject: 'db-1' }),
      'server',
    ),
    found(failure(`${'x'.repeat(100)} y`, 'z', { subject: 'n'.repeat(128) }), 'server'),
  ];

  it('is this', () => {
    expect(renderFindings(findings)).toBe(`\
ok       coordinator: Answers in 3.1 ms, version 0.1.0.
         (https://c.example.com)
warning  key ~/.ssh/id_deploy: Encrypted, and not in the SSH agent. Used for
         web-1, web-2, web-3 and 12 more.
         > Run "ssh-add ~/.ssh/id_deploy" where "connect" is started.
failure  server db-1: db-1 did not answer\ufffd[2J within 20000 ms.
         > Check host and port.
failure  server
         ${'n'.repeat(71)}
         ${'n'.repeat(57)}:
         ${'x'.repeat(71)}
         ${'x'.repeat(29)} y
         > z

2 failed, 1 to look at, 1 well.
`);
  });

  it('fits 80 columns', () => {
    const widths = renderFindings(findings)
      .split('\n')
      .map(({ length }) => length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(80);
  });

  it('is well with a warning, and not with a failure', () => {
    expect(isWell(findings.slice(0, 2))).toBe(true);
    expect(isWell(findings)).toBe(false);
  });
});
