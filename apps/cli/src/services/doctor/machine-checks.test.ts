import { beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { appendFile, chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startProcess, temporaryFolder } from '@servonaut/testkit';
import { Journal } from '../../journal/journal.ts';
import { journalPath } from '../../journal/journal-file.ts';
import { lockProfile } from '../../journal/profile-lock.ts';
import { configurationCheck } from './configuration-check.ts';
import { diskCheck, spaceSeen } from './disk-check.ts';
import type { Seen } from './finding.ts';
import { journalCheck } from './journal-check.ts';
import { nodeCheck } from './node-check.ts';
import type { Patient } from './patient.ts';
import { permissionsCheck } from './permissions-check.ts';
import { sshProgramCheck } from './ssh-program-check.ts';
import { aPatient } from './testing/a-patient.ts';

const MIB = 1_024 * 1_024;
const HOUR_MS = 3_600_000;

let folder: string;
let who: Patient;
beforeEach(async () => {
  folder = await temporaryFolder();
  who = await aPatient({ folder });
});

describe('Node', () => {
  it.each([
    ['22.17.9', 'failure'],
    ['20.19.0', 'failure'],
    ['22.18.0', 'ok'],
    ['24.1.0', 'ok'],
  ])('%s', (version, state) => expect(nodeCheck(version)).toMatchObject([{ state }]));
});

describe('ssh(1)', () => {
  const program = async (script: string): Promise<string> => {
    const path = join(folder, 'ssh');
    await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return path;
  };

  it('tells its version', async () => {
    expect(await sshProgramCheck(who)).toMatchObject([{ state: 'ok', what: expect.stringMatching(/^OpenSSH_/) }]);
  });

  it('that is not there is a warning', async () => {
    expect(await sshProgramCheck(who, join(folder, 'none'))).toMatchObject([{ state: 'warning' }]);
  });

  it('that fails is a failure', async () => {
    expect(await sshProgramCheck(who, await program('echo broken >&2; exit 127'))).toMatchObject([
      { state: 'failure', detail: 'broken' },
    ]);
  });
});

describe('the disk', () => {
  const settings = () => who.session.settings;

  it.each([
    [63, 'failure'],
    [64, 'warning'],
    [1_087, 'warning'],
    [1_088, 'ok'],
  ])('with %i MiB of free space', (mebibytes, state) => {
    expect(spaceSeen(mebibytes * MIB, settings())).toMatchObject({ state });
  });

  it('of a folder that is not there yet is that which will have it', async () => {
    const env = { SERVONAUT_STATE_DIR: join(folder, 'not', 'there') };
    expect(await diskCheck(await aPatient({ env }))).toMatchObject([{ what: expect.stringContaining('MiB are free') }]);
  });
});

describe('the configuration', () => {
  const states = async (patient = who) =>
    Object.fromEntries(
      (await configurationCheck(patient)).map(({ subject, state, what }) => [subject, `${state} ${what}`]),
    );

  it('may be empty, and says what holds without a policy', async () => {
    expect(await states()).toEqual({
      'settings.yaml': expect.stringMatching(/^ok/),
      'servers.yaml': expect.stringMatching(/^ok/),
      'policy.yaml': expect.stringMatching(/^ok There is none: agents may read/),
      inventory: expect.stringMatching(/^ok/),
    });
  });

  it('names the line of each file that is wrong, and goes on', async () => {
    const { configDir } = who.session.paths;
    await writeFile(join(configDir, 'servers.yaml'), 'servers:\n  - name: web-1\n    prot: 22\n');
    await writeFile(join(configDir, 'policy.yaml'), 'allow_tool: []\nversion: 1\n');
    await writeFile(join(folder, 'config', 'settings.yaml'), 'max_running: many\n');
    expect(await states(await aPatient({ folder }))).toEqual({
      'settings.yaml': expect.stringMatching(/^failure max_running/),
      'servers.yaml': expect.stringMatching(/^failure .*servers\.yaml, line \d/),
      'policy.yaml': expect.stringMatching(/^failure .*policy\.yaml, line 1/),
    });
  });

  it('takes an empty map for a policy that is meant', async () => {
    await writeFile(join(who.session.paths.configDir, 'policy.yaml'), 'version: 1\n');
    expect((await states())['policy.yaml']).toMatch(/^ok/);
  });

  it('has no source of a kind that is not installed', async () => {
    await writeFile(join(who.session.paths.configDir, 'servers.yaml'), 'sources:\n  - kind: none-such\n');
    expect((await states())['servers.yaml']).toMatch(/^failure .*none-such/);
  });
});

describe('permissions', () => {
  const path = (...names: string[]): string => join(who.session.paths.configDir, ...names);

  it('are well as we make them', async () => {
    expect(await permissionsCheck(who)).toMatchObject([{ state: 'ok' }]);
  });

  it.each([
    ['credentials.json', 0o640, 'read or change'],
    ['tokens.json', 0o604, 'read or change'],
    ['policy.yaml', 0o664, 'change'],
    ['servers.yaml', 0o646, 'change'],
  ])('of %s that are too wide are a failure', async (name, mode, can) => {
    await writeFile(path(name), '');
    await chmod(path(name), mode);
    expect(await permissionsCheck(who)).toMatchObject([
      { state: 'failure', subject: expect.stringContaining(name), what: expect.stringContaining(can) },
    ]);
  });

  it.each(['policy.yaml', 'servers.yaml'])('of %s let others read', async (name) => {
    await writeFile(path(name), '', { mode: 0o644 });
    expect(await permissionsCheck(who)).toMatchObject([{ state: 'ok' }]);
  });

  it('of a folder that others can write are a failure', async () => {
    await chmod(path(), 0o777);
    expect(await permissionsCheck(who)).toMatchObject([{ state: 'failure' }]);
  });

  it('of a folder that we cannot write are a failure', async () => {
    const { environment, paths } = who.session;
    const facts = JSON.stringify({ environment: { ...environment, variables: {} }, paths });
    // Root can write everywhere, so this is somebody else, who may look but not write.
    const script = `
      const { permissionsCheck } = await import(process.argv[1]);
      if (process.getuid() === 0) process.setuid(65534);
      console.log(JSON.stringify(await permissionsCheck({ session: JSON.parse(process.argv[2]) })));`;
    const folders = [folder, join(folder, 'config'), join(folder, 'state'), paths.configDir, paths.stateDir];
    for (const each of folders) await chmod(each, 0o555);
    const source = new URL('permissions-check.ts', import.meta.url).href;
    const args = ['--conditions=@servonaut/source', '--input-type=module', '-e', script, source, facts];
    const child = await startProcess({ command: process.execPath, args });
    expect(await child.exited).toMatchObject({ code: 0 });
    for (const each of folders) await chmod(each, 0o700);
    const seen = JSON.parse(child.stdout.join('')) as Seen[];
    expect(seen.map(({ subject }) => subject)).toEqual(expect.arrayContaining(folders.slice(1, 3)));
    expect(new Set(seen.map(({ state, what }) => `${state} ${what}`))).toEqual(
      new Set(['failure You cannot write it.']),
    );
  });

  it('of what root leaves to somebody else are a failure', async () => {
    if (process.getuid?.() !== 0) return;
    await writeFile(path('policy.yaml'), '{}');
    await chown(path('policy.yaml'), 65_534, 65_534);
    expect(await permissionsCheck(who)).toMatchObject([{ what: 'It belongs to another user.' }]);
  });
});

describe('the journal', () => {
  const stateDir = (): string => who.session.paths.stateDir;
  const written = (write: (journal: Journal, id: string) => void): void => {
    const journal = new Journal(stateDir());
    const id = randomUUID();
    journal.start({ requestId: id, executorId: randomUUID(), tool: 'run_command', server: 'web-1' });
    write(journal, id);
    journal.close();
  };

  it('that is not there is well', async () => {
    expect(await journalCheck(who)).toMatchObject([{ state: 'ok' }]);
  });

  it('says how many results wait, and for how long', async () => {
    written((journal, id) => journal.finish(id, '{}'));
    expect(await journalCheck(who, Date.now() + 3 * HOUR_MS)).toMatchObject([
      { state: 'warning', what: '1 result(s) wait for the coordinator, the oldest for 3 h.' },
    ]);
  });

  it('leaves results alone that an executor has just produced', async () => {
    written((journal, id) => journal.finish(id, '{}'));
    const unlock = lockProfile(stateDir());
    expect(await journalCheck(who)).toMatchObject([{ state: 'ok' }]);
    expect(await journalCheck(who, Date.now() + HOUR_MS)).toMatchObject([{ state: 'warning' }]);
    unlock();
  });

  it('has none that were taken', async () => {
    written((journal, id) => {
      journal.finish(id, '{}');
      journal.deliver(id);
    });
    expect(await journalCheck(who)).toMatchObject([{ state: 'ok' }]);
  });

  it('says what ran when the executor was killed', async () => {
    written(() => undefined);
    expect(await journalCheck(who)).toMatchObject([
      { state: 'warning', what: expect.stringContaining('ran when the executor ended') },
    ]);
    const unlock = lockProfile(stateDir());
    expect(await journalCheck(who)).toMatchObject([{ state: 'ok' }]);
    unlock();
  });

  it('is not changed, and what is damaged is said', async () => {
    written(() => undefined);
    await appendFile(journalPath(stateDir()), '\n00000000 {"event":');
    const seen = await journalCheck(who);
    expect(seen).toMatchObject([{ state: 'warning' }, { what: expect.stringContaining('cannot be read') }]);
    expect(await journalCheck(who)).toEqual(seen);
  });

  it('that cannot be read is a failure', async () => {
    await mkdir(journalPath(stateDir()));
    await expect(journalCheck(who)).rejects.toMatchObject({ code: 'config_invalid' });
  });
});
