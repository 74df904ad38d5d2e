import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { auditFolder, currentFile } from '../../local-audit/audit-files.ts';
import { FileAudit } from '../../local-audit/file-audit.ts';
import { auditCheck } from './audit-check.ts';
import { aPatient } from './testing/a-patient.ts';

it('is fine before the first call, and after some', async () => {
  const who = await aPatient();
  expect(auditCheck(who)).toMatchObject([{ state: 'ok' }]);
  const audit = new FileAudit(who.session.paths.stateDir);
  for (let count = 0; count < 3; count += 1) audit.record({ kind: 'executor.resumed', data: {} });
  audit.close();
  expect(auditCheck(who)).toMatchObject([{ state: 'ok', what: expect.stringContaining('1 MiB') }]);
});

it('fails when an entry was changed, or nothing can be written', async () => {
  const who = await aPatient();
  const { stateDir } = who.session.paths;
  const path = currentFile(auditFolder(stateDir));
  const audit = new FileAudit(stateDir);
  for (const reason of ['a', 'b', 'c']) audit.record({ kind: 'executor.paused', data: { reason } });
  audit.close();
  writeFileSync(path, readFileSync(path, 'utf8').replace('"b"', '"x"'));
  expect(auditCheck(who)).toMatchObject([{ state: 'failure', what: expect.stringContaining('not as it was') }]);
  const other = await aPatient();
  mkdirSync(currentFile(auditFolder(other.session.paths.stateDir)), { recursive: true });
  expect(auditCheck(other)).toMatchObject([{ state: 'failure', what: expect.stringContaining('no file') }]);
});
