import { SETTINGS } from './settings.ts';

export interface SettingRow {
  readonly name: string;
  /** As Markdown; a dash when there is none. */
  readonly fallback: string;
  readonly description: string;
}

/** The settings as docs/configuration.md lists them; a test compares. */
export function settingsTable(): SettingRow[] {
  return Object.entries(SETTINGS).map(([name, schema]) => {
    const fallback = schema.safeParse(undefined);
    const shown = fallback.success ? shownValue(fallback.data) : '';
    return {
      name,
      fallback: shown === '' ? '–' : `\`${shown}\``,
      description: `${schema.description}${secretNote(schema)}`,
    };
  });
}

/** Lists as they are written in a variable. What becomes an object has no default of its own. */
function shownValue(value: unknown): string {
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function secretNote(schema: { meta(): Readonly<Record<string, unknown>> | undefined }): string {
  return schema.meta()?.['secret'] === true ? ' _Secret._' : '';
}
