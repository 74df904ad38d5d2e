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
  jobs_per_caller: {
    schema: z.coerce.number().int().min(1).max(100),
    default: 10,
    meaning: 'How many jobs of start_job each agent, and you, may have running on one server at once.',
  },
  tool_preview_seconds: {
    schema: z.coerce.number().int().min(1).max(60),
    default: 10,
    meaning: 'Seconds that a tool may take to show you what a call would do, before you are asked about it.',
  },
  instances_timeout_seconds: {
    schema: z.coerce.number().int().min(1).max(600),
    default: 20,
    meaning:
      'Seconds that one cloud may take to tell of its instances, or to take a change of one; the others are not kept waiting longer.',
  },
  tool_log_level: {
    schema: z.enum(TOOL_LOG_LEVELS),
    default: 'warn',
    meaning: 'The least of what tools log that you are shown: `debug`, `info` or `warn`.',
  },
} as const;
