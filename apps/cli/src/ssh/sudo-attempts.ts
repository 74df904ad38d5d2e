import { createHmac, randomBytes } from 'node:crypto';
import { ServonautError } from '@servonaut/contracts';

/** What sudo has made of a password; unknown where it has said nothing, or has not been given it. */
export type SudoOutcome = 'accepted' | 'refused' | 'unknown';

/** A password that may be sent to sudo, once. */
export interface SudoAttempt {
  readonly password: string;
  /** To be called however it ends; others wait for it. */
  ended(outcome: SudoOutcome): void;
}

/** Whom a password is of. A user of many servers is often one account, of a directory. */
export interface SudoAccount {
  /** Inventory name, for errors. */
  readonly server: string;
  readonly user: string;
}

/** So long others wait for what one sudo makes of a password, in milliseconds: longer than PAM pauses after a wrong one, and no more. */
const OUTCOME_MS = 5_000;

/**
 * Keeps one wrong password from locking an account: of what is to be sent at once, one is sent first, and the others when it was accepted. What sudo has
 * refused is not sent again, wherever the same password of the same user is stored.
 */
export class SudoAttempts {
  readonly #key = randomBytes(32);
  readonly #refused = new Set<string>();
  /** How the first of each ends. */
  readonly #first = new Map<string, Promise<SudoOutcome>>();

  /** @throws ServonautError `sudo_refused` */
  async begin({ server, user }: SudoAccount, password: string): Promise<SudoAttempt> {
    const key = createHmac('sha256', this.#key).update(`${user}\0${password}`).digest('base64');
    let known: SudoOutcome | undefined;
    while (known !== 'accepted' && this.#first.has(key)) known = await this.#first.get(key);
    if (!this.#refused.has(key)) return this.#attempt(key, password);
    throw new ServonautError('sudo_refused', {
      message: `sudo refused the password that is stored for ${server} before, there or where the same user has the same; it was not sent again.`,
      nextStep: `The operator stores another one with "servonaut servers sudo ${server}"; where it is the right one now, the executor is to be started anew.`,
    });
  }

  #attempt(key: string, password: string): SudoAttempt {
    const { promise, resolve } = Promise.withResolvers<SudoOutcome>();
    const known = (outcome: SudoOutcome) => {
      clearTimeout(timer);
      if (this.#first.get(key) === promise) this.#first.delete(key);
      resolve(outcome);
    };
    const timer = setTimeout(known, OUTCOME_MS, 'unknown').unref();
    if (!this.#first.has(key)) this.#first.set(key, promise);
    const ended = (outcome: SudoOutcome) => {
      if (outcome === 'refused') this.#refused.add(key);
      known(outcome);
    };
    return { password, ended };
  }
}
