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
    const shown = fallback.success && fallback.data !== undefined ? String(fallback.data) : '';
    return {
      name,
      fallback: shown === '' ? '–' : `\`${shown}\``,
      description: `${schema.description}${secretNote(schema)}`,
    };
  });
}

function secretNote(schema: { meta(): Readonly<Record<string, unknown>> | undefined }): string {
  return schema.meta()?.['secret'] === true ? ' _Secret._' : '';
}
