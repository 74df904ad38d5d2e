import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { ServonautError } from '@servonaut/contracts';
import type { SourceContext } from './inventory-source.ts';

/** Largest file of an inventory that is read, in bytes. */
const MOST_BYTES = 8 * 2 ** 20;
/** Longest YAML that is parsed, in characters: about a second, in which the executor does nothing else. */
export const LONGEST_YAML = 2 ** 20;

/**
 * The text of a file of the operator.
 * @throws ServonautError `config_invalid` for what is no file, which may never end or never begin, and for one of more than 8 MiB; errors of the system
 */
export async function readInventoryFile(path: string, { signal }: Pick<SourceContext, 'signal'>): Promise<string> {
  // Without it, to open a FIFO waits for whoever writes to it.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await file.stat();
    if (found.isFile() && found.size <= MOST_BYTES) return await file.readFile({ encoding: 'utf8', signal });
    const message = `${path} is no file, or one of more than ${MOST_BYTES} bytes`;
    throw new ServonautError('config_invalid', { message });
  } finally {
    await file.close();
  }
}

/** @throws ServonautError `config_invalid` for YAML that takes too long to be parsed beside commands that run: for more than 1,048,576 characters */
export function checkYamlLength(text: string, path: string): void {
  if (text.length <= LONGEST_YAML) return;
  throw new ServonautError('config_invalid', {
    message: `${path} is YAML of more than ${LONGEST_YAML} characters`,
    nextStep: 'Keep it as JSON, which is read many times as fast, or in several files.',
  });
}
