import { describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { settingVariable } from './environment.ts';
import { SETTINGS } from './settings.ts';

function bounds(schema: z.ZodType): string {
  return schema instanceof z.ZodNumber ? `${schema.minValue}–${schema.maxValue}` : '–';
}

describe('docs/executor.md', () => {
  it('describes every setting with its variable, default and bounds', async () => {
    const page = await readFile(new URL('../../../../docs/executor.md', import.meta.url), 'utf8');
    const rows = page.matchAll(/^\| `(\w+)` +\| `(SERVONAUT_\w+)` +\| (.*?) +\| (.*?) +\| (.*?) +\|$/gm);
    const described = [...rows].map((row) => row.slice(1));
    const expected = Object.entries(SETTINGS).map(([key, { schema, default: fallback, meaning }]) => [
      key,
      settingVariable(key),
      fallback === '' ? '–' : `\`${fallback}\``,
      bounds(schema),
      meaning,
    ]);
    expect(described).toEqual(expected);
  });
});
