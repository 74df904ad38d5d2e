import { z } from 'zod';

const within = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

/** Every setting of what is kept of long outputs. Part of the executor's settings. */
export const OUTPUT_SETTINGS = {
  output_keep_mib: {
    schema: within(0, 1_048_576),
    default: 1_024,
    meaning:
      'Most MiB of long outputs that are kept for `read_output`, those of the oldest requests go first; 0 keeps none.',
  },
  output_keep_request_mib: {
    schema: within(1, 1_048_576),
    default: 128,
    meaning: 'Most MiB that are kept of the output of one request, from its start.',
  },
  output_keep_hours: {
    schema: within(1, 8_760),
    default: 24,
    meaning: 'Hours for which a long output is kept.',
  },
  output_keep_over_kib: {
    schema: within(0, 1_024),
    default: 16,
    meaning: 'KiB that stdout or stderr of a command may have without being kept: the answer has the whole of it.',
  },
  output_keep_stall_ms: {
    schema: within(100, 60_000),
    default: 5_000,
    meaning: 'Milliseconds that the disk may take for one write before an output is kept no longer.',
  },
} as const;

export type OutputSettings = { readonly [Key in keyof typeof OUTPUT_SETTINGS]: number };

export const DEFAULT_OUTPUT_SETTINGS = Object.fromEntries(
  Object.entries(OUTPUT_SETTINGS).map(([key, setting]) => [key, setting.default]),
) as OutputSettings;

/** That part of the executor's settings, which carry their sources. */
export function outputSettings(settings: {
  readonly [Key in keyof OutputSettings]: { readonly value: number };
}): OutputSettings {
  const keys = Object.keys(OUTPUT_SETTINGS) as (keyof OutputSettings)[];
  return Object.fromEntries(keys.map((key) => [key, settings[key].value])) as OutputSettings;
}
