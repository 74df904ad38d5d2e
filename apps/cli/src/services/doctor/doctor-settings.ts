import { z } from 'zod';

const within = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

/** Every setting of `doctor`: bounds, default and meaning. Part of the executor's settings. */
export const DOCTOR_SETTINGS = {
  doctor_timeout_seconds: {
    schema: within(1, 300),
    default: 20,
    meaning: 'Seconds that one check of `doctor` may take, and each command that it runs on a server.',
  },
  doctor_parallel: {
    schema: within(1, 256),
    default: 16,
    meaning: 'Most servers that `doctor` tests at once.',
  },
  doctor_clock_tolerance_ms: {
    schema: within(1, 3_600_000),
    default: 2_000,
    meaning: "Milliseconds by which this machine's clock may differ from the coordinator's before `doctor` warns.",
  },
} as const;
