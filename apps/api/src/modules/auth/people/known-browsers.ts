import { randomBytes } from 'node:crypto';
import type { CoordinatorKeys } from '../../../platform/secrets/coordinator-keys.ts';
import { sealedBox, type SealedBox } from '../../../platform/secrets/sealed-box.ts';

const ABOUT = 'known browser';
const NAME_BYTES = 16;

/**
 * Marks browsers in which somebody has signed in, so that tries in them are not counted with those of strangers. A mark is no right to anything but a
 * count of its own; it stays after the sign-out, as that is when it is needed. Nothing is stored.
 */
export class KnownBrowsers {
  readonly #box: SealedBox;

  constructor(keys: Pick<CoordinatorKeys, 'derive'>) {
    this.#box = sealedBox(keys, 'people/browser');
  }

  /** For the cookie of a browser in which the person of this address has just signed in. */
  mark(email: string): string {
    return this.#box.seal(`${randomBytes(NAME_BYTES).toString('base64url')} ${email.toLowerCase()}`, ABOUT);
  }

  /** What the browser is called; undefined when it is not known for this person, or to us. */
  nameOf(mark: string | undefined, email: string): string | undefined {
    const [name, whose] = this.#open(mark);
    return whose === email.toLowerCase() ? name : undefined;
  }

  /** The same, whoever has signed in there: for what does not say beforehand who it is. */
  nameOfAny(mark: string | undefined): string | undefined {
    return this.#open(mark)[0];
  }

  #open(mark: string | undefined): string[] {
    try {
      return mark === undefined ? [] : this.#box.open(mark, ABOUT).split(' ');
    } catch {
      // It comes from a cookie, so whatever does not open is a stranger's and no error of ours.
      return [];
    }
  }
}
