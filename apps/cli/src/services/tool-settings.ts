import { isAbsolute } from 'node:path';
import { z } from 'zod';

/** From the least to the worst. */
export const TOOL_LOG_LEVELS = ['debug', 'info', 'warn'] as const;
export type ToolLogLevel = (typeof TOOL_LOG_LEVELS)[number];

/** Settings of what tools get of the operator's machine. Part of the executor's settings. */
export const TOOL_SETTINGS = {
  transfer_folder: {
    schema: z
      .string()
      .max(4_096)
      .refine((path) => path === '' || isAbsolute(path), 'expected an absolute path'),
    default: '',
    meaning:
      'Where files that tools transfer may lie on this machine, absolute; empty for `transfers` in the data folder of the profile.',
  },
  tool_preview_seconds: {
    schema: z.coerce.number().int().min(1).max(60),
    default: 10,
    meaning: 'Seconds that a tool may take to show you what a call would do, before you are asked about it.',
  },
  tool_log_level: {
    schema: z.enum(TOOL_LOG_LEVELS),
    default: 'warn',
    meaning: 'The least of what tools log that you are shown: `debug`, `info` or `warn`.',
  },
} as const;
