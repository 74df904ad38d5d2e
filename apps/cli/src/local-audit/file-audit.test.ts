import { execFile } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import { readEntry } from './audit-entry.ts';
import { allFiles, auditFolder, currentFile, fullFiles } from './audit-files.ts';
import { DEFAULT_AUDIT_SETTINGS } from './audit-settings.ts';
import { ChainVerification } from './chain-verification.ts';
import { FileAudit } from './file-audit.ts';

let stateDir: string;
let path: string;
let now: number;
const open: FileAudit[] = [];

beforeEach(async () => {
  stateDir = await temporaryFolder();
  path = currentFile(auditFolder(stateDir));
  now = Date.parse('2026-11-22T10:00:00.000Z');
});
afterEach(() => open.splice(0).forEach((audit) => audit.close()));

function anAudit(settings: Partial<typeof DEFAULT_AUDIT_SETTINGS> = {}): FileAudit {
  const audit = new FileAudit(stateDir, { settings: { ...DEFAULT_AUDIT_SETTINGS, ...settings }, now: () => now });
  open.push(audit);
  return audit;
}

const pausing = (reason = 'lunch') => ({ kind: 'executor.paused', data: { reason } }) as const;
const lines = () =>
  allFiles(auditFolder(stateDir)).flatMap((file) => (existsSync(file) ? textOf(file).split('\n') : []));
const textOf = (file: string) => readFileSync(file, 'utf8');
const kinds = () => lines().flatMap((line) => readEntry(line)?.record.kind ?? []);

function trimOf(some: readonly string[]) {
  const verification = new ChainVerification();
  for (const line of some) verification.take(line);
  return verification.trim;
}

function verified(some: readonly string[] = lines()) {
  const verification = new ChainVerification();
  for (const line of some) verification.take(line);
  verification.end();
  const { faults, torn, entries, head } = verification;
  return { faults, torn, entries, head };
}

describe('the chain', () => {
  it('is of entries that each carry the hash of all before them, in a file of the operator alone', () => {
    const audit = anAudit();
    const hashes = [audit.record(pausing()), audit.record({ kind: 'executor.resumed', data: {} })];
    expect(lines().flatMap((line) => readEntry(line)?.hash ?? [])).toEqual(hashes);
    expect(verified()).toEqual({ faults: [], torn: 0, entries: 2, head: { seq: 2, hash: hashes[1] } });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(auditFolder(stateDir)).mode & 0o777).toBe(0o700);
  });

  it('goes on where an earlier process left it', () => {
    anAudit().record(pausing());
    anAudit().record(pausing());
    expect(verified()).toMatchObject({ faults: [], entries: 2 });
  });

  it('is one of all that write to it by turns', () => {
    const [one, other] = [anAudit(), anAudit()];
    for (let turn = 0; turn < 5; turn += 1) for (const audit of [one, other]) audit.record(pausing());
    expect(verified()).toMatchObject({ faults: [], entries: 10, torn: 0 });
  });

  it('is one of processes that write at the same time', async () => {
    const script =
      `const { FileAudit } = await import(${JSON.stringify(import.meta.resolve('./file-audit.ts'))});` +
      `const audit = new FileAudit(${JSON.stringify(stateDir)}, { settings: ${JSON.stringify({ ...DEFAULT_AUDIT_SETTINGS, audit_file_kib: 16 })} });` +
      `for (let i = 0; i < 300; i += 1) audit.record({ kind: 'executor.paused', data: { reason: 'x'.repeat(i % 7) } });` +
      `audit.close();`;
    const run = promisify(execFile);
    const write = () => run(process.execPath, ['--no-warnings', '--input-type=module', '-e', script]);
    await Promise.all([write(), write(), write()]);
    expect(verified()).toMatchObject({ faults: [], entries: 900, torn: 0 });
    expect(fullFiles(auditFolder(stateDir)).length).toBeGreaterThan(3);
  });
});

describe('what a kill leaves', () => {
  it.each([1, 20, 100])('of an entry, but for its last %i bytes, is told, and the chain goes on', (bytes) => {
    const audit = anAudit();
    audit.record(pausing());
    audit.record(pausing());
    truncateSync(path, statSync(path).size - 1 - bytes);
    expect(verified()).toMatchObject({ faults: [], entries: 1, torn: 1 });
    anAudit().record(pausing());
    expect(kinds()).toEqual(['executor.paused', 'chain.resumed', 'executor.paused']);
    expect(verified()).toMatchObject({ faults: [], entries: 3, torn: 1 });
  });

  it('of an entry that lacks only the end of its line is whole', () => {
    anAudit().record(pausing());
    truncateSync(path, statSync(path).size - 1);
    anAudit().record(pausing());
    expect(verified()).toMatchObject({ faults: [], entries: 2, torn: 0 });
  });

  it('in zeros, after a power cut, is told', () => {
    anAudit().record(pausing());
    appendFileSync(path, Buffer.alloc(4_096));
    anAudit().record(pausing());
    expect(verified()).toMatchObject({ faults: [], entries: 3, torn: 1 });
  });

  it('between two files is no break', () => {
    anAudit({ audit_file_kib: 16 }).record(pausing('x'.repeat(17 * 1_024)));
    anAudit({ audit_file_kib: 16 }).record(pausing());
    truncateSync(path, 0);
    anAudit({ audit_file_kib: 16 }).record(pausing());
    expect(verified()).toMatchObject({ faults: [], entries: 2 });
  });
});

describe('what goes under a process that writes', () => {
  const cut = (seq: number, until: number) => [{ seq, fault: 'cut_off', until }];

  it.each([
    ['all of it', () => rmSync(auditFolder(stateDir), { recursive: true }), 1],
    ['its file', () => rmSync(path), 1],
    ['its last line', () => writeFileSync(path, `${lines()[0]}\n${lines()[1]}\n`), 3],
    ['the end of its last line', () => truncateSync(path, statSync(path).size - 9), 3],
  ])('is missed by it: %s', (_, remove, from) => {
    const audit = anAudit();
    for (const reason of ['a', 'b', 'c']) audit.record(pausing(reason));
    remove();
    expect(() => {
      // Without the folder it has no lock at first.
      if (existsSync(auditFolder(stateDir))) audit.record(pausing('d'));
    }).not.toThrow();
    if (!existsSync(auditFolder(stateDir))) expect(() => audit.record(pausing('d'))).toThrow();
    audit.record(pausing('e'));
    expect(verified().faults).toEqual(cut(from, 3));
  });

  it('is missed when the last entry is another one', () => {
    const audit = anAudit();
    audit.record(pausing('a'));
    rmSync(path);
    anAudit().record(pausing('b'));
    audit.record(pausing('c'));
    expect(verified().faults).toEqual(cut(1, 1));
  });
});

it('is for the operator alone also where its file was not', () => {
  mkdirSync(auditFolder(stateDir), { mode: 0o755 });
  writeFileSync(path, '', { mode: 0o644 });
  anAudit().record(pausing());
  expect([statSync(path).mode & 0o777, statSync(auditFolder(stateDir)).mode & 0o777]).toEqual([0o600, 0o700]);
});

describe('a file that is full', () => {
  const FULL = 'x'.repeat(17 * 1_024);
  const small = { audit_file_kib: 16, audit_keep_mib: 1 };

  it('is followed by another, and the chain goes on there', () => {
    const audit = anAudit(small);
    for (let count = 0; count < 4; count += 1) audit.record(pausing(FULL));
    expect(fullFiles(auditFolder(stateDir))).toEqual([1, 2, 3]);
    expect(verified()).toMatchObject({ faults: [], entries: 4 });
  });

  it('goes when there are too many, which is recorded, so that the rest is whole', () => {
    const audit = anAudit(small);
    for (let count = 0; count < 80; count += 1) audit.record(pausing(FULL));
    expect(fullFiles(auditFolder(stateDir))[0]).toBeGreaterThan(1);
    expect(kinds()).toContain('chain.trimmed');
    expect(verified()).toMatchObject({ faults: [] });
  });

  it('goes when it is too old', () => {
    anAudit(small).record(pausing(FULL));
    now += 401 * 86_400_000;
    anAudit(small).record(pausing());
    expect(kinds()).toEqual(['chain.trimmed', 'executor.paused']);
    expect(verified()).toMatchObject({ faults: [], head: { seq: 3 } });
  });

  it('is as old as its last entry says, whatever its file says', () => {
    anAudit(small).record(pausing(FULL));
    utimesSync(path, 0, 0);
    anAudit(small).record(pausing());
    expect(kinds()).toEqual(['executor.paused', 'executor.paused']);
  });

  it('goes with what it went for on record, which what is kept bears out or not', () => {
    const audit = anAudit(small);
    for (let count = 0; count < 80; count += 1) audit.record(pausing(FULL));
    expect(trimOf(lines())).toMatchObject({ keep_mib: 1, keep_days: 400, why: 'size' });
    now += 401 * 86_400_000;
    audit.record(pausing());
    expect(trimOf(lines())).toMatchObject({ keep_days: 400, why: 'age' });
  });

  it('goes before the next, so that a kill in between leaves a start that is explained', () => {
    const audit = anAudit(small);
    for (let count = 0; count < 3; count += 1) audit.record(pausing(FULL));
    const kept = lines().filter((line) => line !== '');
    now += 401 * 86_400_000;
    audit.record(pausing());
    expect(kinds()).toEqual(['chain.trimmed', 'chain.trimmed', 'chain.trimmed', 'executor.paused']);
    for (const removed of [1, 2, 3])
      for (const recorded of [removed, removed + 1])
        expect(verified([...kept.slice(removed), ...lines().slice(0, recorded)]).faults).toEqual([]);
  });

  it('is missed when it goes and that is not recorded', () => {
    const audit = anAudit(small);
    for (let count = 0; count < 80; count += 1) audit.record(pausing(FULL));
    const kept = lines();
    expect(verified(kept.slice(5)).faults).toEqual([expect.objectContaining({ seq: 1, fault: 'missing' })]);
  });
});

describe('what cannot be written', () => {
  it('is refused, and taken again once it can be', () => {
    mkdirSync(auditFolder(stateDir), { mode: 0o700 });
    mkdirSync(path);
    const audit = anAudit();
    expect(() => audit.record(pausing())).toThrow(expect.objectContaining({ code: 'audit_unavailable' }));
    chmodSync(path, 0o700);
    const other = new FileAudit(`${stateDir}/other`);
    expect(other.record(pausing())).toMatch(/^[\w-]{43}$/);
    other.close();
  });

  it('is refused where the folder is a file', () => {
    writeFileSync(auditFolder(stateDir), '');
    expect(() => anAudit().record(pausing())).toThrow(expect.objectContaining({ code: 'audit_unavailable' }));
  });
});

describe('who looks for what was changed', () => {
  let whole: string[];

  beforeEach(() => {
    const audit = anAudit();
    for (const reason of ['a', 'b', 'c', 'd', 'e']) audit.record(pausing(reason));
    whole = lines();
  });

  const faults = (change: (some: string[]) => string[]) => verified(change([...whole])).faults;

  it('finds an entry that was removed', () =>
    expect(faults((some) => some.toSpliced(2, 1))).toEqual([{ seq: 3, fault: 'missing', until: 3 }]));

  it('finds one within the rest, also where it is recorded that it was removed as the settings say', () => {
    const third = readEntry(whole[2] ?? '');
    const settings = { removed_bytes: 9_999_999, keep_mib: 1_024, keep_days: 400 };
    const forged = { kind: 'chain.trimmed', data: { first_seq: 4, first_prev: third?.hash, ...settings } };
    anAudit().record(forged as unknown as ReturnType<typeof pausing>);
    expect(verified(lines().toSpliced(2, 1)).faults).toEqual([{ seq: 3, fault: 'missing', until: 3 }]);
    expect(verified(lines().slice(3)).faults).toEqual([]);
    expect(trimOf(lines().slice(3))).toMatchObject({ why: 'age' });
  });

  it('finds the first to be removed', () =>
    expect(faults((some) => some.slice(2))).toEqual([{ seq: 1, fault: 'missing', until: 2 }]));

  it('finds an entry that was changed', () =>
    expect(faults((some) => some.map((line) => line.replace('"c"', '"x"')))).toEqual([{ seq: 3, fault: 'changed' }]));

  it.each([
    ['a member', (line: string) => line.replace('{"hash"', '{"approved":"by me","hash"')],
    ['a member that another one hides', (line: string) => line.replace('"data":{', '"data":{"reason":"x"},"data":{')],
    ['white space', (line: string) => `${line} `],
  ])('finds %s that was written beside what is hashed', (_, change) =>
    expect(faults((some) => some.with(2, change(some[2] ?? '')))).toEqual([{ seq: 3, fault: 'changed' }]),
  );

  it('finds two that were swapped', () =>
    expect(faults(([a = '', b = '', c = '', ...rest]) => [a, c, b, ...rest])).toEqual([
      { seq: 2, fault: 'moved' },
      { seq: 2, fault: 'missing', until: 2 },
    ]));

  it('finds what is no entry, but for the last', () => {
    expect(faults((some) => some.with(1, '{"hash":'))).toEqual([
      { seq: 1, fault: 'malformed' },
      { seq: 2, fault: 'missing', until: 2 },
    ]);
    expect(verified(whole.with(4, '{"hash":'))).toMatchObject({ faults: [], torn: 1, head: { seq: 4 } });
  });
});
