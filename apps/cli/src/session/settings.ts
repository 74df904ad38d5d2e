import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultText, inWords, profileNameSchema, ServonautError } from '@servonaut/contracts';
import { z } from 'zod';
import { AUDIT_SETTINGS } from '../local-audit/audit-settings.ts';
import { OUTPUT_SETTINGS } from '../output/output-settings.ts';
import { DOCTOR_SETTINGS } from '../services/doctor/doctor-settings.ts';
import { AGENT_SETTINGS } from '../services/local-agent/agent-settings.ts';
import { TOOL_SETTINGS } from '../services/tool-settings.ts';
import { SSH_SETTINGS } from '../ssh/ssh-settings.ts';
import { settingVariable, type Environment } from './environment.ts';
import { parseYamlFile } from './yaml-file.ts';

const wholeNumber = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

/** Every setting of the executor: bounds, default and meaning. */
export const SETTINGS = {
  profile: {
    schema: profileNameSchema,
    default: 'default',
    meaning: 'The profile when neither --profile nor SERVONAUT_PROFILE is given.',
  },
  max_running: {
    schema: wholeNumber(1, 1_000),
    default: 128,
    meaning: 'Most requests that run at once; others wait within their start-by deadline.',
  },
  grace_seconds: {
    schema: wholeNumber(0, 3_600),
    default: 10,
    meaning: 'Seconds that running requests have to end after SIGINT or SIGTERM.',
  },
  call_timeout_seconds: {
    schema: wholeNumber(1, 300),
    default: 15,
    meaning: 'Seconds after which a call to the coordinator is given up.',
  },
  result_retry_hours: {
    schema: wholeNumber(1, 168),
    default: 24,
    meaning: 'Hours for which a result that the coordinator did not take is offered again.',
  },
  result_spool_mib: {
    schema: wholeNumber(1, 1_024),
    default: 64,
    meaning: 'Most MiB of results that wait for the coordinator; beyond it requests are refused.',
  },
  journal_compact_kib: {
    schema: wholeNumber(16, 1_048_576),
    default: 32_768,
    meaning: 'KiB that the journal may grow by before it is written anew without what is no longer needed.',
  },
  journal_sync_ms: {
    schema: wholeNumber(1, 60_000),
    default: 50,
    meaning: 'Milliseconds after which what has begun, or a result that waits, is made to outlive a power cut.',
  },
  token_store: {
    schema: z.enum(['auto', 'file']),
    default: 'auto',
    meaning:
      'Where `login` keeps tokens: the keychain of the machine if it has one, or `file`, for what runs where nobody unlocks one.',
  },
  ssh_config: {
    schema: z.string().max(4_096),
    default: '',
    meaning: "Path of an ssh_config file to read in place of the operator's own, as `ssh -F`; empty for their own.",
  },
  ssh_strategy: {
    schema: z.enum(['auto', 'ssh2', 'openssh']),
    default: 'auto',
    meaning:
      'How commands get to servers: `ssh2`, our own client; `openssh`, the ssh of this machine; `auto`, ssh2 unless a server needs the other.',
  },
  inventory_refresh_minutes: {
    schema: wholeNumber(1, 1_440),
    default: 10,
    meaning: 'Minutes after which `connect` asks the inventory sources of servers.yaml again.',
  },
  inventory_timeout_seconds: {
    schema: wholeNumber(1, 600),
    default: 60,
    meaning: 'Seconds that one inventory source may take; what it found before holds if it takes longer.',
  },
  ...AUDIT_SETTINGS,
  ...OUTPUT_SETTINGS,
  ...SSH_SETTINGS,
  ...TOOL_SETTINGS,
  ...AGENT_SETTINGS,
  ...DOCTOR_SETTINGS,
} as const;

export type SettingKey = keyof typeof SETTINGS;

/** A value and where it comes from, as `config show` prints it. */
export interface Sourced<T> {
  readonly value: T;
  readonly source: string;
}

export type Settings = { readonly [K in SettingKey]: Sourced<z.output<(typeof SETTINGS)[K]['schema']>> };

const SETTING_KEYS = Object.keys(SETTINGS) as SettingKey[];

export function settingsFile(environment: Pick<Environment, 'configDir'>): string {
  return join(environment.configDir, 'settings.yaml');
}

/** @throws ServonautError `config_invalid` naming the file and line, for a file that is not a map of known settings */
function readSettingsFile(path: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new ServonautError('config_invalid', { message: `${path} cannot be read.`, cause: error });
  }
  return parseYamlFile(text, path, z.partialRecord(z.enum(SETTING_KEYS), z.unknown()).nullable()) ?? {};
}

function sourced(key: SettingKey, fromFile: unknown, environment: Environment, file: string): Sourced<unknown> {
  const variable = environment.setting(key);
  if (variable !== undefined) return checked(key, variable, settingVariable(key));
  if (fromFile !== undefined) return checked(key, fromFile, file);
  return byDefault(key);
}

function byDefault(key: SettingKey): Sourced<unknown> {
  return { value: SETTINGS[key].default, source: 'default' };
}

function checked(key: SettingKey, value: unknown, source: string): Sourced<unknown> {
  const shown = typeof value === 'string' ? `the text ${JSON.stringify(value)}` : JSON.stringify(value);
  const parsed = SETTINGS[key].schema.safeParse(value, inWords({ shown }));
  if (parsed.success) return { value: parsed.data, source };
  const faults = parsed.error.issues.map(({ message }) => faultText(`${key} (from ${source})`, message));
  throw new ServonautError('config_invalid', { message: `${faults.join('; ')}.` });
}

/**
 * Environment, then `settings.yaml`, then default. (Flags are the commands' own and come before all of these.)
 * @throws ServonautError `config_invalid` naming the setting and its source
 */
export function loadSettings(environment: Environment): Settings {
  const path = settingsFile(environment);
  const file = readSettingsFile(path);
  return Object.fromEntries(SETTING_KEYS.map((key) => [key, sourced(key, file[key], environment, path)])) as Settings;
}

/** Where what the operator has set cannot be understood. */
export function defaultSettings(): Settings {
  return Object.fromEntries(SETTING_KEYS.map((key) => [key, byDefault(key)])) as Settings;
}
