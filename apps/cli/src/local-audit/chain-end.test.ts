import { appendFileSync, closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { NO_RECORD } from '@servonaut/contracts';
import { temporaryFolder } from '@servonaut/testkit';
import { currentFile, numberedFile } from './audit-files.ts';
import { entryLine } from './audit-entry.ts';
import { readChainEnd } from './chain-end.ts';

const AT = '2026-11-22T10:00:00.000Z';
const MORE_THAN_IS_READ_AT_ONCE = 2 ** 32;

let folder: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  mkdirSync(folder, { recursive: true });
});

const entry = (seq: number, reason = 'lunch') =>
  entryLine(NO_RECORD, { v: 1, seq, at: AT, kind: 'executor.paused', request_id: null, data: { reason } });

describe('the end of the chain', () => {
  it('is found without reading what stands before it', () => {
    const file = openSync(currentFile(folder), 'w');
    ftruncateSync(file, MORE_THAN_IS_READ_AT_ONCE);
    closeSync(file);
    appendFileSync(currentFile(folder), `\n${entry(7).line}`);
    expect(readChainEnd(folder)).toEqual({ seq: 7, hash: entry(7).hash, tornBytes: 0, endsInFeed: true });
  });

  it.each([
    ['an entry of any length', entry(2, 'x'.repeat(300_000)), '', 0],
    ['an entry before a long line that is none', entry(2), 'x'.repeat(300_000), 300_000],
    ['an entry before many lines that are none', entry(2), '\n'.repeat(300_000), 300_000],
  ])('is %s', (_, { line, hash }, after, tornBytes) => {
    writeFileSync(currentFile(folder), entry(1).line + line + after);
    expect(readChainEnd(folder)).toMatchObject({ seq: 2, hash, tornBytes });
  });

  it.each(['', 'x'.repeat(300_000)])('is in the file before, where the last has none', (none) => {
    writeFileSync(numberedFile(folder, 1), entry(1).line + entry(2).line);
    writeFileSync(numberedFile(folder, 2), none);
    writeFileSync(currentFile(folder), none);
    expect(readChainEnd(folder)).toMatchObject({ seq: 2, hash: entry(2).hash, tornBytes: none.length });
  });

  it('is before the first entry, where there is no file', () =>
    expect(readChainEnd(folder)).toEqual({ seq: 0, hash: NO_RECORD, tornBytes: 0, endsInFeed: true }));
});
