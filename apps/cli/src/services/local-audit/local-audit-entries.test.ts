import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { DEFAULT_AUDIT_SETTINGS } from '../../local-audit/audit-settings.ts';
import { FileAudit } from '../../local-audit/file-audit.ts';
import { temporaryFolder } from '@servonaut/testkit';
import { instantOf, lastEntries, type EntryFilter } from './local-audit-entries.ts';
import { readHead, verifyLocalAudit } from './local-audit-verification.ts';

const START = Date.parse('2026-11-22T10:00:00.000Z');
let stateDir: string;
let hashes: string[];

beforeEach(async () => {
  stateDir = await temporaryFolder();
  let now = START;
  // So that each entry has a file of its own.
  const settings = { ...DEFAULT_AUDIT_SETTINGS, audit_file_kib: 0 };
  const audit = new FileAudit(stateDir, { settings, now: () => now });
  hashes = ['web-1', 'db-1', 'web-1', 'web-2'].map((server, index) => {
    now = START + index * 60_000;
    const result = { sha256: 'r', bytes: 1 };
    const data = { tool: 'run_command', server, status: 'success', error_code: null, exit_code: 0, result };
    return audit.record({ kind: 'call.ended', requestId: `r${index + 1}`, data });
  });
  audit.close();
});

describe('the last entries', () => {
  const found = (filter: EntryFilter, count = 10) =>
    lastEntries(stateDir, filter, count).map(({ record }) => record.request_id);

  it('are those that fit, the oldest first, over all files', () => {
    expect(found({})).toEqual(['r1', 'r2', 'r3', 'r4']);
    expect(found({}, 2)).toEqual(['r3', 'r4']);
    expect(found({ server: 'web-1' })).toEqual(['r1', 'r3']);
    expect(found({ since: START + 60_000 })).toEqual(['r2', 'r3', 'r4']);
    expect(found({ request: 'r2', tool: 'run_command' })).toEqual(['r2']);
    expect(found({ tool: 'get_logs' })).toEqual([]);
  });

  it('are found behind one whose clock was wrong', () => {
    const audit = new FileAudit(stateDir, { now: () => 0 });
    audit.record({ kind: 'executor.resumed', data: {} });
    audit.close();
    expect(found({ since: START + 60_000 })).toEqual(['r2', 'r3', 'r4']);
  });

  it('are none before the first call', () => expect(lastEntries(`${stateDir}/none`, {}, 5)).toEqual([]));
});

it('is verified as it was at one moment, though it goes on in other files meanwhile', async () => {
  const audit = new FileAudit(stateDir, { settings: { ...DEFAULT_AUDIT_SETTINGS, audit_file_kib: 0 } });
  const isOver = { yet: false };
  const verification = verifyLocalAudit(stateDir, []).finally(() => (isOver.yet = true));
  while (!isOver.yet) {
    audit.record({ kind: 'executor.resumed', data: {} });
    await setImmediate();
  }
  audit.close();
  expect((await verification).chain.faults).toEqual([]);
});

describe('a time', () => {
  it.each([
    ['90m', START - 5_400_000],
    ['7d', START - 604_800_000],
    ['2026-11-22T09:00:00Z', START - 3_600_000],
  ])('may be said as %s', (text, at) => expect(instantOf(text, START)).toBe(at));

  it.each(['soon', '7w', ''])('is not %p', (text) => {
    expect(() => instantOf(text, START)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });
});

describe('a head that was kept', () => {
  const faults = async (head: string) => (await verifyLocalAudit(stateDir, [readHead(head)])).chain.faults;

  it('is in the chain, or the chain was rolled back', async () => {
    expect(await faults(`2:${hashes[1]}`)).toEqual([]);
    expect(await faults(`2:${hashes[0]}`)).toEqual([{ seq: 2, fault: 'rolled_back' }]);
    expect(await faults(`9:${hashes[0]}`)).toEqual([{ seq: 5, fault: 'rolled_back', until: 9 }]);
  });

  it('is given as it was printed', () => {
    expect(() => readHead('9')).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });
});
