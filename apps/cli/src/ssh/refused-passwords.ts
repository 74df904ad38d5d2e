import { createHmac, randomBytes } from 'node:crypto';
import { ServonautError } from '@servonaut/contracts';

/**
 * The last password that sudo has refused on each server. It is not sent again: an agent that tries once more, and again, would have the account
 * locked.
 */
export class RefusedPasswords {
  readonly #key = randomBytes(32);
  readonly #refused = new Map<string, string>();

  add(server: string, password: string): void {
    this.#refused.set(server, this.#hash(password));
  }

  /** @throws ServonautError `sudo_refused` */
  check(server: string, password: string): void {
    if (this.#refused.get(server) !== this.#hash(password)) return;
    throw new ServonautError('sudo_refused', {
      message: `sudo on ${server} refused the password that is stored before; it was not sent again.`,
      nextStep: `The operator stores another one with "servonaut servers sudo ${server}"; where it is the right one now, the executor is to be started anew.`,
    });
  }

  #hash(password: string): string {
    return createHmac('sha256', this.#key).update(password).digest('base64');
  }
}
