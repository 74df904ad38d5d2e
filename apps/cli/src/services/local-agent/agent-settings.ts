import { WIRE_LIMITS } from '@servonaut/contracts';
import { z } from 'zod';

const wholeNumber = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

/** Settings of what agents of this machine are answered. Part of the executor's settings. */
export const AGENT_SETTINGS = {
  mcp_answer_length: {
    schema: wholeNumber(1_000, 2 * WIRE_LIMITS.outputLength),
    default: 60_000,
    meaning: 'Most characters of output that one answer of `mcp serve` shows to an agent; beyond that, head and tail.',
  },
  mcp_servers_per_call: {
    schema: wholeNumber(1, 1_000),
    default: 100,
    meaning: 'Most servers that one call to `mcp serve` can be for.',
  },
} as const;
