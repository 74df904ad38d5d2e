import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { ServonautError } from '@servonaut/contracts';
import type { z } from 'zod';
import { parseYamlFile } from '../../session/yaml-file.ts';

const UNITS: Readonly<Record<string, number>> = { m: 60, h: 3_600, d: 86_400, w: 604_800 };
const DURATION = /^(\d{1,6})([mhdw])$/;

/**
 * When something is to end: so long from now (`90m`, `12h`, `30d`, `4w`), at an instant (`2027-01-31T12:00:00Z`), or `never`.
 * @throws ServonautError `invalid_request`
 */
export function readExpiry(given: string, now = Date.now()): string | null {
  if (given === 'never') return null;
  const [, count, unit = ''] = DURATION.exec(given) ?? [];
  if (count !== undefined) return new Date(now + Number(count) * (UNITS[unit] ?? 0) * 1_000).toISOString();
  const instant = Date.parse(given);
  if (/^\d{4}-\d\d-\d\dT/.test(given) && !Number.isNaN(instant)) return new Date(instant).toISOString();
  throw new ServonautError('invalid_request', {
    message: `"${given}" is no time at which something could end.`,
    nextStep: 'Give 90m, 12h, 30d or 4w, an instant such as 2027-01-31T12:00:00Z, or never.',
  });
}

/**
 * What a file in YAML or JSON holds; `-` is stdin.
 * @throws ServonautError `config_invalid` that names the line
 */
export async function readGiven<Schema extends z.ZodType>(file: string, schema: Schema): Promise<z.output<Schema>> {
  return parseYamlFile(await textOf(file), file === '-' ? 'stdin' : file, schema);
}

async function textOf(file: string): Promise<string> {
  if (file === '-') return text(process.stdin);
  return readFile(file, 'utf8').catch((cause: Error) => {
    throw new ServonautError('config_invalid', { message: `${file} cannot be read: ${cause.message}`, cause });
  });
}
