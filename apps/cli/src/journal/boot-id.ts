import { readFileSync } from 'node:fs';

/** What is another after each start of this machine (random(4)); null where the system does not tell. */
export function bootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
}
