import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import {
  beyondSsh2,
  checkSupported,
  HARMLESS_OPTIONS,
  HONOURED_OPTIONS,
  OPENSSH_OPTIONS,
  STOPPING_OPTIONS,
} from './ssh-config-options.ts';
import { FALLBACK_DIFFERENCES } from './ssh-config-fallback.ts';
import { SshConfig } from './ssh-config.ts';
import { targetFromOptions } from './ssh-options.ts';

const home = await temporaryFolder();

describe('an option of ssh_config', () => {
  const resolvedBy = (program: string, text: string) => {
    const path = join(home, 'config');
    writeFileSync(path, `Host web\n  ${text.replaceAll(';', '\n  ')}\n`);
    const config = new SshConfig({ account: { home, user: 'me' }, path, program });
    return config.resolve({ destination: 'web' }, 'web');
  };
  const readers = ['ssh', '/nonexistent/ssh'];

  it.each([
    ['PreferredAuthentications', 'password,keyboard-interactive'],
    ['PubkeyAuthentication', 'no'],
    ['RemoteCommand', 'sudo -i'],
    ['SessionType', 'none'],
  ])('that cannot be left out stops the connect: %s %s', async (option, value) => {
    for (const program of readers) {
      const options = await resolvedBy(program, `${option} ${value}`);
      expect(() => checkSupported('web', options)).toThrow(
        expect.objectContaining({
          code: 'ssh_config_unsupported',
          facts: { option },
          nextStep: expect.stringMatching(/\w/),
        }),
      );
    }
  });

  it.each(['IdentityFile', 'CertificateFile', 'GlobalKnownHostsFile', 'RevokedHostKeys'])(
    'that names a path in the home folder of a user stops the connect: %s',
    async (option) => {
      for (const program of readers) {
        const options = await resolvedBy(program, `${option} ~nobody/file`);
        expect(() => checkSupported('web', options)).toThrow(
          expect.objectContaining({
            code: 'ssh_config_unsupported',
            message: expect.stringContaining(option),
            facts: { option },
          }),
        );
        checkSupported('web', await resolvedBy(program, `${option} ~/file`));
      }
    },
  );

  it.each(['UserKnownHostsFile', 'IdentityAgent'])(
    'is as ssh has it where that names the home folder of a user, and stops the connect without ssh: %s',
    async (option) => {
      checkSupported('web', await resolvedBy('ssh', `${option} ~nobody/file`));
      const options = await resolvedBy('/nonexistent/ssh', `${option} ~nobody/file`);
      expect(() => checkSupported('web', options)).toThrow(expect.objectContaining({ facts: { option } }));
    },
  );

  it('that includes a file of a user stops the connect where ssh cannot be asked', async () => {
    await resolvedBy('ssh', 'Include ~nobody/config');
    await expect(resolvedBy('/nonexistent/ssh', 'Include ~nobody/config')).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('Include'),
    });
  });

  it.each([
    'PubkeyAuthentication yes',
    'PreferredAuthentications publickey',
    'RemoteCommand none',
    'PKCS11Provider none',
    'GSSAPIAuthentication yes',
  ])('that asks for nothing else stops nothing: %s', async (line) => {
    for (const program of readers) {
      const options = await resolvedBy(program, line);
      checkSupported('web', options);
      expect(beyondSsh2(options)).toEqual([]);
    }
  });

  it.each([
    ['KnownHostsCommand', '/bin/known %H'],
    ['PKCS11Provider', '/usr/lib/p11.so'],
    ['ProxyUseFdpass', 'yes;ProxyCommand nc %h %p'],
    ['SecurityKeyProvider', '/usr/lib/sk.so'],
    ['GSSAPIAuthentication', 'yes;PubkeyAuthentication no'],
    ['GSSAPIAuthentication', 'yes;PreferredAuthentications gssapi-with-mic'],
  ])('that only ssh can do is left to it: %s %s', async (option, value) => {
    for (const program of readers) {
      const options = await resolvedBy(program, `${option} ${value}`);
      checkSupported('web', options);
      expect(beyondSsh2(options)).toEqual([option]);
    }
  });

  it.each(readers)('that gives commands variables is heeded, as %s reads it', async (program) => {
    Object.assign(process.env, { LC_TENANT: 'here', LC_OTHER: 'here', SERVONAUT_TOKEN: 'not for servers' });
    try {
      const text =
        'SendEnv LC_* SERVONAUT_*;SendEnv TENANT -LC_*;SendEnv LC_T?NANT;SetEnv A=1=1 "B=x y" C="#p" # D=3;SetEnv D=4';
      const options = await resolvedBy(program, text);
      const { variables } = targetFromOptions('web', options, { home, user: 'me', agentSocket: undefined });
      expect(variables).toEqual({ LC_TENANT: 'here', A: '1=1', B: 'x y', C: '#p' });
      expect(beyondSsh2(options)).toEqual([]);
    } finally {
      for (const name of ['LC_TENANT', 'LC_OTHER', 'SERVONAUT_TOKEN']) delete process.env[name];
    }
  });

  it('that makes names canonical is left to ssh, and stops the connect where there is none', async () => {
    checkSupported('web', await resolvedBy('ssh', 'CanonicalizeHostname yes'));
    const options = await resolvedBy('/nonexistent/ssh', 'CanonicalizeHostname yes');
    expect(() => checkSupported('web', options)).toThrow(expect.objectContaining({ code: 'ssh_config_unsupported' }));
  });

  it('has its place, whichever this machine’s ssh knows', () => {
    const known = [
      ...HONOURED_OPTIONS,
      ...Object.keys(OPENSSH_OPTIONS),
      ...Object.keys(STOPPING_OPTIONS),
      ...HARMLESS_OPTIONS,
    ];
    expect(new Set(known).size).toBe(known.length);
    const printed = execFileSync('ssh', ['-G', '-F', 'none', 'web'], { encoding: 'utf8' }).split('\n');
    const names = printed.map((line) => line.split(' ')[0]?.toLowerCase() ?? '').filter((name) => name !== '');
    const lower = new Set(known.map((name) => name.toLowerCase()));
    expect(names.filter((name) => !lower.has(name))).toEqual([]);
  });

  it('is in docs/executor.md, by what becomes of it', () => {
    const page = readFileSync(new URL('../../../../docs/executor.md', import.meta.url), 'utf8');
    const section = page.slice(page.indexOf('### Which options'), page.indexOf('### The way'));
    const [options = '', fallback = ''] = section.split('On a machine without `ssh`');
    const groups = options.split('\n- ').slice(1);
    const names = groups.map((group) => [...group.matchAll(/`([A-Z]\w+)`/g)].map(([, name]) => name));
    expect(names).toEqual([
      HONOURED_OPTIONS,
      Object.keys(OPENSSH_OPTIONS),
      Object.keys(STOPPING_OPTIONS),
      HARMLESS_OPTIONS,
    ]);
    const differences = fallback
      .split('\n- ')
      .slice(1)
      .map((line) => line.replaceAll('`', '').trim());
    expect(differences).toEqual(Object.values(FALLBACK_DIFFERENCES));
  });
});
