import { ServonautError } from '@servonaut/contracts';
import type { z } from 'zod';
import type { InventorySource, InventorySourceDefinition } from './inventory-source.ts';

const KIND = /^[a-z][a-z0-9-]{0,31}$/;

/** Fields that every entry of `sources` may have. */
const RESERVED = ['kind', 'prefix', 'labels', 'dns_names', 'port', 'user', 'identity_file', 'jump'];

function invalid(kind: string, fault: string): ServonautError {
  return new ServonautError('config_invalid', {
    message: `The inventory source "${kind}" is not valid: ${fault}`,
    nextStep: 'Correct its definition.',
  });
}

/**
 * Makes a source: checks the definition and freezes it. Options that it does not name are refused from here on.
 * @throws ServonautError `config_invalid` naming the source and what is wrong with it, when the plugin is loaded rather than when it lists
 */
export function defineInventorySource<Options extends z.ZodObject>(
  definition: InventorySourceDefinition<Options>,
): InventorySource<Options> {
  const { kind, options } = definition;
  if (!KIND.test(kind)) throw invalid(kind, 'its kind has to be lower-case letters, digits and "-", at most 32');
  const reserved = RESERVED.find((name) => name in options.shape);
  if (reserved !== undefined)
    throw invalid(kind, `"${reserved}" is a field of the product; leave it out of the options`);
  if (definition.control && !definition.instances) throw invalid(kind, 'it has "control" of no "instances"');
  return Object.freeze({ ...definition, options: options.strict() as unknown as Options });
}
