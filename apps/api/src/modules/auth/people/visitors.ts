import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Response } from 'express';
import { ownCookie, type OwnCookie } from './session-cookie.ts';

const NAME_BYTES = 16;
const NAME = /^[\w-]{22}$/;

/** Browsers by their names, which nobody else knows. Forms and flows are bound to them while nobody has signed in. */
export class Visitors {
  readonly #cookie: OwnCookie;

  constructor(publicUrl: string) {
    this.#cookie = ownCookie('svn_visitor', publicUrl);
  }

  /** Undefined for a browser that comes for the first time, or keeps no cookies. */
  known(request: Pick<IncomingMessage, 'headers'>): string | undefined {
    const value = this.#cookie.read(request);
    return value !== undefined && NAME.test(value) ? value : undefined;
  }

  /** Gives a name to a browser that has none. */
  welcome(request: Pick<IncomingMessage, 'headers'>, response: Response): string {
    const known = this.known(request);
    if (known !== undefined) return known;
    const name = randomBytes(NAME_BYTES).toString('base64url');
    this.#cookie.write(response, name);
    return name;
  }
}
