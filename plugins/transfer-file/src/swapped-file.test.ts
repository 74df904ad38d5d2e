import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Sftp } from '@servonaut/plugin-sdk/sftp';
import { localContext } from '@servonaut/plugin-sdk/testing';
import { localSide } from './local-side.ts';
import { remoteSide } from './remote-side.ts';
import type { Side } from './side.ts';
import { transfer } from './transfer.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'servonaut-swapped-')));
  for (const name of ['server', 'here']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'secret'), 'secret', { mode: 0o640 });
  writeFileSync(join(folder, 'server/file'), 'public', { mode: 0o644 });
});
afterEach(() => rmSync(folder, { recursive: true }));

const path = () => join(folder, 'server/file');
const swap = (): void => {
  renameSync(path(), `${path()}.was`);
  symlinkSync('../secret', path());
};
const swapBack = (): void => renameSync(`${path()}.was`, path());

/** A download during which somebody on the server acts: before the file is opened, and at once after. */
function downloaded(before: () => void, after: () => void): Promise<unknown> {
  const context = localContext({ server: { name: 'web-1', labels: {} } });
  const watched = (sftp: Sftp): Sftp => ({
    ...sftp,
    open: async (...given) => {
      const file = await sftp.open(...given);
      after();
      return file;
    },
  });
  const server: Side = {
    ...remoteSide(path(), context),
    files: (use) => context.sftp((sftp) => use(watched(sftp))),
  };
  const here = localSide(join(folder, 'here'), 'file', new AbortController().signal);
  return transfer(server, here, { overwrite: false, onProgress: () => undefined, onSize: async () => before() });
}

it('a link that is put in the place of the file after it was looked at is not followed', async () => {
  await expect(downloaded(swap, () => undefined)).rejects.toMatchObject({ code: 'invalid_request' });
  expect(readdirSync(join(folder, 'here'))).toEqual([]);
});

it('nor is one that is gone again when the file is open', async () => {
  await expect(downloaded(swap, swapBack)).rejects.toMatchObject({ code: 'conflict' });
  expect(readdirSync(join(folder, 'here'))).toEqual([]);
});
