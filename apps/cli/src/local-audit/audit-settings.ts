import { z } from 'zod';

const within = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

/** Every setting of the operator's own audit. Part of the executor's settings. */
export const AUDIT_SETTINGS = {
  audit_file_kib: {
    schema: within(16, 65_536),
    default: 8_192,
    meaning: 'KiB after which the audit of this machine goes on in another file.',
  },
  audit_keep_mib: {
    schema: within(1, 1_048_576),
    default: 1_024,
    meaning: 'Most MiB of the audit of this machine that are kept; the oldest files go first.',
  },
  audit_keep_days: {
    schema: within(1, 36_500),
    default: 400,
    meaning: 'Days after which a file of the audit of this machine goes, once the audit has gone on in another.',
  },
  audit_argument_chars: {
    schema: within(0, 100_000),
    default: 2_000,
    meaning:
      'Most characters of the arguments of a call that the audit of this machine shows; it has the digest of all.',
  },
  audit_sync_ms: {
    schema: within(1, 60_000),
    default: 1_000,
    meaning: 'Milliseconds after which an entry in the audit of this machine is made to outlive a power cut.',
  },
} as const;

export type AuditSettings = { readonly [Key in keyof typeof AUDIT_SETTINGS]: number };

export const DEFAULT_AUDIT_SETTINGS = Object.fromEntries(
  Object.entries(AUDIT_SETTINGS).map(([key, setting]) => [key, setting.default]),
) as AuditSettings;

/** That part of the executor's settings, which carry their sources. */
export function auditSettings(settings: {
  readonly [Key in keyof AuditSettings]: { readonly value: number };
}): AuditSettings {
  const keys = Object.keys(AUDIT_SETTINGS) as (keyof AuditSettings)[];
  return Object.fromEntries(keys.map((key) => [key, settings[key].value])) as AuditSettings;
}
