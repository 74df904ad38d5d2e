import { z } from '@servonaut/plugin-sdk';

/** No path: service(8) would run it. No option either. */
export const serviceNameSchema = z
  .string()
  .max(256)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9:_.\\@-]*$/, 'expected the name of a service')
  .describe('Name of a service, such as nginx or ssh.service.');
