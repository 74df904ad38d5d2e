import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { CommandFiles } from './command-files.ts';

const root = mkdtempSync(join(tmpdir(), 'command-files-'));
const parsedFile = join(root, 'parsed.json');
const schema = z.strictObject({ forbidden: z.array(z.string()) });

function write(name: string, text: string): void {
  writeFileSync(join(root, name), text);
}

/** What the files say with what the build has parsed, of which `change` tells that it is that. */
function afterBuild(change: (files: object) => object = (files) => files): CommandFiles {
  write('files.yaml', 'forbidden: [rm]');
  const { version, files } = new CommandFiles(root, parsedFile).parsed();
  writeFileSync(parsedFile, JSON.stringify({ version, files: change(files) }));
  return new CommandFiles(root, parsedFile);
}

const forbidden = (files: CommandFiles): unknown => files.understood('files.yaml', schema).data.forbidden;

afterAll(() => rmSync(root, { recursive: true }));

describe('the data files of commands', () => {
  it('are read from what the build has parsed, under the version of the texts', () => {
    const files = afterBuild(() => ({ 'files.yaml': { forbidden: ['rm', 'parsed'] } }));
    expect(forbidden(files)).toEqual(['rm', 'parsed']);
    expect(files.version).toBe(new CommandFiles(root, join(root, 'none')).version);
  });

  it('say the same when they were parsed before', () => {
    const ours = new CommandFiles();
    const { version, files } = ours.parsed();
    expect(version).toBe(ours.version);
    expect(Object.keys(files)).toEqual(ours.names);
    for (const name of ours.names) expect(ours.understood(name, z.unknown()).data).toEqual(files[name]);
    expect(JSON.parse(JSON.stringify(files))).toEqual(files);
  });

  it.each([
    ['has changed', () => write('files.yaml', 'forbidden: [rm, dd]')],
    ['has come', () => write('more.yaml', 'forbidden: []')],
  ])('are read as they stand once one of them %s', (_, change) => {
    afterBuild(() => ({ 'files.yaml': { forbidden: ['parsed'] } }));
    change();
    expect(forbidden(new CommandFiles(root, parsedFile))).not.toContain('parsed');
  });

  it('name the line at fault, also when they were parsed before', () => {
    const files = afterBuild();
    expect(() => files.understood('files.yaml', z.strictObject({}))).toThrow(/files\.yaml, line 1: /);
  });
});
