import { afterAll, describe, expect, it } from '@jest/globals';
import { unlessMissing } from '@servonaut/testkit';
import { classifyCommand } from '../classify-command.ts';
import { loadCommandTable } from '../command-table.ts';
import { ProgramGenerator } from './testing/program-generator.ts';
import { missingThrowAwayRoot, ThrowAwayRoot } from './testing/throw-away-root.ts';
import { readVocabulary } from './testing/vocabulary.ts';

/** `npm run policy-programs` makes 100,000 and runs all that are called read-only; `POLICY_PROGRAMS_SEED` makes them other ones. */
const COUNT = Number(process.env['POLICY_PROGRAMS'] ?? 3_000);
const MOST_RUN = process.env['POLICY_PROGRAMS'] === undefined ? 120 : Number.POSITIVE_INFINITY;
const SEED = Number(process.env['POLICY_PROGRAMS_SEED'] ?? 20_261_123);
const BATCH = 80;
/** Milliseconds for each that runs, at most. */
const EACH_MS = 500;

const opened: ThrowAwayRoot[] = [];
afterAll(() => opened.forEach((each) => each.close()));

describe('programs that are made up', () => {
  const table = loadCommandTable();

  unlessMissing(it, missingThrowAwayRoot())(
    'change nothing and leave nothing running when they are called read-only',
    () => {
      const generator = new ProgramGenerator(SEED, readVocabulary(table));
      const programs = Array.from({ length: COUNT }, () => generator.program());
      const readOnly = [...new Set(programs.filter((each) => classifyCommand(each, table).class === 'read-only'))];
      const run = readOnly.slice(0, MOST_RUN);
      const root = new ThrowAwayRoot();
      opened.push(root);
      expect(root.run([])).toBe('');
      const findings = [];
      for (let at = 0; at < run.length; at += BATCH) findings.push(...root.findings(run.slice(at, at + BATCH)));
      const { shells } = root;
      process.stdout.write(
        `${COUNT} programs of seed ${SEED}: ${readOnly.length} different ones read-only, ${run.length} run by each of ${shells.join(', ')}, ${findings.length} left something\n`,
      );
      expect(findings).toEqual([]);
      expect(readOnly.length).toBeGreaterThan(COUNT / 20);
    },
    60_000 + COUNT * EACH_MS,
  );

  unlessMissing(it, missingThrowAwayRoot())('would be noticed if they changed something or stayed', () => {
    const root = new ThrowAwayRoot();
    opened.push(root);
    const harmless = ['ls', 'cat a.txt | sort', 'git -C /srv/repo log'];
    const harm = [
      'touch harm',
      'echo x >> a.txt',
      'chmod 600 b.log',
      'rm /etc/hosts',
      'mkdir /tmp/y',
      'cat a.txt; sleep 30 & ',
    ];
    expect(root.findings([...harmless, ...harm]).map(([program]) => program)).toEqual(harm);
  });
});
