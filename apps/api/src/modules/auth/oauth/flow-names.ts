import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Response } from 'express';
import { Visitors } from '../people/visitors.ts';

/** The name of a flow, in each of its addresses: the library's name, and the proof. */
const NAME = /^\/(?:sign-in|oauth\/authorize|device)\/([\w-]{43})\.([\w-]{43})(?:[/?]|$)/;

/**
 * Holds each flow to the browser that began it. Its addresses have a proof in them that is good together with the name of that browser, which is in a
 * cookie that no other host can set: to anybody else they lead nowhere, whatever their browser was made to keep.
 */
export class FlowNames {
  readonly #key: string;
  readonly #visitors: Visitors;

  /** @param key secret, the same in all processes */
  constructor(publicUrl: string, key: string) {
    this.#key = key;
    this.#visitors = new Visitors(publicUrl);
  }

  /** The name of a flow for the browser that asks; one without a name is given one. */
  nameFor(uid: string, request: IncomingMessage, response: Response): string {
    return `${uid}.${this.#proof(uid, this.#visitors.welcome(request, response))}`;
  }

  /** What the library calls the flow of the request's address; undefined when it was not begun in this browser. */
  uidOf(request: IncomingMessage): string | undefined {
    const [, uid, given] = NAME.exec(request.url ?? '') ?? [];
    const visitor = this.#visitors.known(request);
    if (uid === undefined || given === undefined || visitor === undefined) return undefined;
    return timingSafeEqual(Buffer.from(given), Buffer.from(this.#proof(uid, visitor))) ? uid : undefined;
  }

  #proof(uid: string, visitor: string): string {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify(['flow', uid, visitor]))
      .digest('base64url');
  }
}
