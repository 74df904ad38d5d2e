import { z } from 'zod';

export const wholeNumber = (min: number, max: number, fallback: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `expected a whole number from ${min} to ${max}`)
    .transform(Number)
    .pipe(z.number().min(min, `at least ${min}`).max(max, `at most ${max}`))
    .prefault(String(fallback));

export const urlOf = (protocol: RegExp, example: string) =>
  z.url({ protocol, error: `expected a URL like ${example}` });

/** An origin and nothing else: what stands after it would be lost wherever the URL is a base. */
export const origin = urlOf(/^https?$/, 'https://servonaut.example.com')
  .refine(
    (text) => URL.canParse(text) && new URL(text).href === `${new URL(text).origin}/`,
    'expected scheme, host and port only',
  )
  .transform((text) => new URL(text).origin);

const HMAC_KEY_BYTES = 32;
export const hmacKey = z
  .string()
  .refine(
    (key) => Buffer.byteLength(key) >= HMAC_KEY_BYTES,
    `expected at least ${HMAC_KEY_BYTES} bytes (RFC 7518, 3.2)`,
  );

/** Hosts that are this machine. */
export const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Separated by commas or spaces. */
export const list = z
  .string()
  .transform((text) => text.split(/[\s,]+/).filter(Boolean))
  .prefault('');
