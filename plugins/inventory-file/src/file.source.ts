import { defineInventorySource, readInventoryFile, z } from '@servonaut/plugin-sdk';
import { parseServerList } from './server-list.ts';

/** A list of servers that something else writes, or that several profiles share. */
export const fileSource = defineInventorySource({
  kind: 'file',
  options: z.object({
    /** Its ending says what it is: `.yaml`, `.yml`, `.json` or `.toml`. */
    path: z
      .string()
      .max(4_096)
      .regex(/\.(?:ya?ml|json|toml)$/i, 'expected a file that ends in .yaml, .yml, .json or .toml'),
  }),

  async list({ path: written }, context) {
    const whole = context.path(written);
    return parseServerList(await readInventoryFile(whole, context), whole, context.warn);
  },
});
