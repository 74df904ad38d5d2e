import { ServonautError } from '@servonaut/contracts';
import type { z } from 'zod';
import type { RestClient } from './rest-client.ts';

/** What has versions. */
type Versioned = Readonly<Record<string, unknown>> & { readonly version: number };

/**
 * Reads something, and changes it if nobody else has meanwhile.
 * @throws ServonautError `version_mismatch` when somebody has; `invalid_request` when there is nothing to change
 */
export async function changeAsRead<T extends Versioned>(
  rest: RestClient,
  path: string,
  schema: z.ZodType<T>,
  change: object,
): Promise<{ readonly before: T; readonly after: T }> {
  if (Object.keys(change).length === 0)
    throw new ServonautError('invalid_request', {
      message: 'There is nothing to change.',
      nextStep: 'Give at least one flag that says what; --help lists them.',
    });
  const before = await rest.read(path, schema);
  try {
    return { before, after: await rest.change(path, schema, change, before.version) };
  } catch (error) {
    throw error instanceof ServonautError && error.code === 'version_mismatch' ? overtaken(error) : error;
  }
}

function overtaken(cause: ServonautError): ServonautError {
  return new ServonautError('version_mismatch', {
    message: 'Somebody else has changed it at this moment; your change was not made.',
    nextStep: 'Look at it as it is now, and give the command again if that is still what you want.',
    cause,
  });
}
