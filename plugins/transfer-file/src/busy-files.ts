import { ServonautError } from '@servonaut/plugin-sdk';
import type { Side } from './side.ts';

/** Files that are being written by this process. */
const busy = new Set<string>();

/** Two that write into one partial file would spoil it for each other, after it was found to be whole, too. */
export async function alone<Value>({ key, called }: Side, write: () => Promise<Value>): Promise<Value> {
  if (busy.has(key))
    throw new ServonautError('conflict', {
      message: `Another call writes ${called} at this moment.`,
      nextStep: 'Wait for its end.',
    });
  busy.add(key);
  try {
    return await write();
  } finally {
    busy.delete(key);
  }
}
