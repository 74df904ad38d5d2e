import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { toBase32 } from './base32.ts';

/** One-time codes as every authenticator app makes them: RFC 6238 with SHA-1, six digits, steps of 30 s. */

const STEP_SECONDS = 30;
const DIGITS = 6;
/** 160 bits, as RFC 4226 section 4 recommends. */
const KEY_BYTES = 20;
/** Steps to either side that are taken, for clocks that differ and people who type slowly (RFC 6238 section 5.2). */
const DRIFT_STEPS = 1;

export function newTotpKey(): Buffer {
  return randomBytes(KEY_BYTES);
}

/** The code for a counter (RFC 4226 section 5.3). */
export function codeAt(key: Uint8Array, counter: number, digits = DIGITS): string {
  const moving = Buffer.alloc(8);
  moving.writeBigUInt64BE(BigInt(counter));
  const mac = createHmac('sha1', key).update(moving).digest();
  const offset = mac.readUInt8(mac.length - 1) & 0x0f;
  const number = mac.readUInt32BE(offset) & 0x7fff_ffff;
  return String(number % 10 ** digits).padStart(digits, '0');
}

/** The time step of an instant. */
export function stepAt(milliseconds: number): number {
  return Math.floor(milliseconds / 1_000 / STEP_SECONDS);
}

/**
 * The step that a code belongs to; undefined when it belongs to none that is taken now.
 * @param lastStep of the last code that was taken: it and earlier ones are not taken again, or whoever saw it typed could use it (section 5.2)
 */
export function matchingStep(
  key: Uint8Array,
  code: string,
  milliseconds: number,
  lastStep: number | null,
): number | undefined {
  const now = stepAt(milliseconds);
  const steps = Array.from({ length: 2 * DRIFT_STEPS + 1 }, (_, i) => now - DRIFT_STEPS + i);
  // All of them, so that the time says nothing of which it was.
  const matching = steps.filter((step) => sameCode(codeAt(key, step), code));
  return matching.find((step) => lastStep === null || step > lastStep);
}

/** What apps read from a link or a picture (the Key Uri Format of Google Authenticator). */
export function totpUri(key: Uint8Array, issuer: string, account: string): string {
  const label = [issuer, account].map(encodeURIComponent).join(':');
  const parameters = new URLSearchParams({
    secret: toBase32(key),
    issuer,
    digits: `${DIGITS}`,
    period: `${STEP_SECONDS}`,
  });
  return `otpauth://totp/${label}?${parameters.toString().replaceAll('+', '%20')}`;
}

function sameCode(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
