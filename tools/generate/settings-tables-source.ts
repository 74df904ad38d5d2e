import { readFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { settingsTable } from '../../apps/api/src/config/settings-table.ts';
import { RATE_LIMITS } from '../../apps/api/src/platform/limits/named-limits.ts';
import { settingVariable } from '../../apps/cli/src/session/environment.ts';
import { SETTINGS } from '../../apps/cli/src/session/settings.ts';

/** Pages that hold a table of settings, with the tables that are theirs. */
export const SETTINGS_PAGES: readonly { readonly file: URL; readonly tables: readonly SettingsTable[] }[] = [
  { file: new URL('../../docs/configuration.md', import.meta.url), tables: [coordinatorSettings(), rateLimits()] },
  { file: new URL('../../docs/executor.md', import.meta.url), tables: [executorSettings()] },
];

interface SettingsTable {
  /** Cells of the first row, by which the table is found on its page. */
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What the page should say now: its tables anew, the rest as it is. */
export async function settingsPageSource(page: (typeof SETTINGS_PAGES)[number]): Promise<string> {
  const text = page.tables.reduce(withTable, await readFile(page.file, 'utf8'));
  return format(text, { ...(await resolveConfig(page.file)), parser: 'markdown' });
}

function withTable(page: string, { head, rows }: SettingsTable): string {
  const start = new RegExp(`^${head.map((cell) => `\\| ${cell} +`).join('')}\\|\n(?:\\|.*\n)*`, 'm');
  if (!start.test(page)) throw new Error(`no table begins with ${head.join(', ')}`);
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`);
  return page.replace(start, () => lines.join(''));
}

function coordinatorSettings(): SettingsTable {
  const rows = settingsTable().map(({ name, fallback, description }) => [`\`${name}\``, fallback, description]);
  return { head: ['setting', 'default', 'meaning'], rows };
}

function rateLimits(): SettingsTable {
  const rows = Object.entries(RATE_LIMITS).map(([name, { counts, points, seconds }]) => [
    counts,
    `\`${name}\``,
    `\`${points}/${seconds}\``,
  ]);
  return { head: ['what is counted', 'name', 'default'], rows };
}

function executorSettings(): SettingsTable {
  const rows = Object.entries(SETTINGS).map(([key, { schema, default: fallback, meaning }]) => [
    `\`${key}\``,
    `\`${settingVariable(key)}\``,
    fallback === '' ? '–' : `\`${fallback}\``,
    bounds(schema),
    meaning,
  ]);
  return { head: ['key', 'variable', 'default', 'bounds', 'meaning'], rows };
}

function bounds(schema: object): string {
  const { type, minValue, maxValue } = schema as { readonly type?: string; minValue?: number; maxValue?: number };
  return type === 'number' ? `${minValue}–${maxValue}` : '–';
}
