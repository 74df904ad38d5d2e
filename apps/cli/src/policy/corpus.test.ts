import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { parseYamlFile } from '../session/yaml-file.ts';
import { classifyCommand } from './shell/classify-command.ts';
import { loadCommandTable } from './shell/command-table.ts';
import { COMMAND_CLASSES, isWorse, type CommandClass } from './shell/command-verdict.ts';

const FOLDER = fileURLToPath(new URL('../../command-classes/corpus/', import.meta.url));
/** Of the plain commands that only read, how many may be taken for worse. */
const MOST_REFUSED = 0.02;

const fileSchema = z.partialRecord(z.enum(COMMAND_CLASSES), z.array(z.string()).min(1));

interface Example {
  readonly file: string;
  readonly command: string;
  /** The least that it has to be. */
  readonly least: CommandClass;
  readonly found: CommandClass;
  readonly reason: string;
}

const table = loadCommandTable();
const corpus = readdirSync(FOLDER).toSorted().flatMap(examplesIn);

function examplesIn(file: string): readonly Example[] {
  const listed = parseYamlFile(readFileSync(`${FOLDER}${file}`, 'utf8'), file, fileSchema);
  return COMMAND_CLASSES.flatMap((least) =>
    (listed[least] ?? []).map((command) => {
      const verdict = classifyCommand(command, table);
      return { file, command, least, found: verdict.class, reason: verdict.reason };
    }),
  );
}

const shown = ({ file, command, least, found, reason }: Example) =>
  `${file}: ${JSON.stringify(command)} is ${found} rather than ${least}: ${reason}`;
const harmless = corpus.filter(({ least }) => least === 'read-only');
const harmful = corpus.filter(({ least }) => least !== 'read-only');
const tooBad = ({ least, found }: Example) => isWorse(found, least);

describe('the corpus of commands', () => {
  it('calls nothing read-only that is not', () => {
    expect(harmful.filter(({ found }) => found === 'read-only').map(shown)).toEqual([]);
  });

  it('calls nothing better than it is', () => {
    expect(harmful.filter(({ least, found }) => isWorse(least, found)).map(shown)).toEqual([]);
  });

  it('calls fewer than 2 % of the plain commands that only read worse', () => {
    const refused = harmless.filter(tooBad);
    if (refused.length / harmless.length >= MOST_REFUSED) expect(refused.map(shown)).toEqual([]);
    expect(refused.length / harmless.length).toBeLessThan(MOST_REFUSED);
  });

  it('is large, and has each command once', () => {
    expect(harmless.length).toBeGreaterThanOrEqual(200);
    expect(harmful.length).toBeGreaterThanOrEqual(500);
    expect(corpus.length).toBe(new Set(corpus.map(({ command }) => command)).size);
  });

  it('tells what it is too careful about', () => {
    const careful = corpus.filter(tooBad);
    if (process.env['SHOW_CAREFUL']) process.stdout.write(`${careful.map(shown).join('\n')}\n`);
    expect(careful.length).toBeLessThan(corpus.length / 10);
  });
});
