import { z } from 'zod';

/** As browsers take it in a form (WHATWG), with or without a dot in its domain; at most as long as mail can be sent to (RFC 5321). */
export const emailAddressSchema = z
  .email({ pattern: z.regexes.html5Email, error: 'expected an e-mail address' })
  .max(254);
