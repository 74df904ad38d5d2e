import { z } from 'zod';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

function isSafe(text: string): boolean {
  const url = URL.parse(text);
  if (!url || url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.includes(url.hostname));
}

/** Where a cloud's interface is, when it is not where everybody's is. The operator's credentials are sent there, so it has to be HTTPS, or this machine. */
export const endpointSchema = z
  .string()
  .refine(isSafe, 'expected https://…, or http:// of this machine')
  .transform((text) => text.replace(/\/+$/, ''));

/** Which address of a machine is connected to. A machine that has none of the kind is left out. */
export const addressSchema = z.enum(['public', 'private']).default('public');
