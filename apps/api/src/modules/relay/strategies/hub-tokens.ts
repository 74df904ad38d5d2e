import { JwtService } from '@nestjs/jwt';
import { commandTopic } from '@servonaut/contracts';
import { SYSTEM_CLOCK, type Clock } from '../clock.ts';
import type { Holder } from '../executors/executor-record.ts';
import { hubSubject } from './hub-subject.ts';

/**
 * Line of the Mercure protocol that executors are told to speak. Executors know both; the tokens below have the claims of 0.x alone, so no
 * hub of 1.0 would take them.
 */
export const HUB_PROTOCOL = '0.x';
const PUBLISHER_TOKEN_SECONDS = 300;
/** A token is replaced while it still has this long to live, in milliseconds. */
const PUBLISHER_TOKEN_MARGIN_MS = 60_000;
/** The one place where a topic is free to vary: the publisher of a coordinator serves all its users. */
const ALL_COMMAND_TOPICS = '/cli/{user}/commands';

/** Who is to listen, and until when they may at all. */
export interface Listener extends Holder {
  readonly expiresAt: Date | null;
}

export interface SubscriberToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** Tokens for the hub (HS256, the claims of Mercure 0.x). */
export class HubTokens {
  readonly #jwt = new JwtService();
  readonly #subscriberSeconds: number;
  readonly #clock: Clock;
  #publisherToken: { readonly token: string; readonly replaceAt: number } | null = null;

  /** @param subscriberSeconds life of a subscriber token; a hub that runs as a server of its own cannot be told to refuse one earlier */
  constructor(subscriberSeconds: number, clock: Clock = SYSTEM_CLOCK) {
    this.#subscriberSeconds = subscriberSeconds;
    this.#clock = clock;
  }

  /** Lets its bearer hear the topic of this user, nothing else, and publish nowhere. Never outlives the credential that it names. */
  subscriber(listener: Listener, key: Uint8Array): SubscriberToken {
    const end = this.#clock.now() + this.#subscriberSeconds * 1_000;
    const exp = Math.floor(Math.min(end, listener.expiresAt?.getTime() ?? Infinity) / 1_000);
    const claims = { mercure: { subscribe: [commandTopic(listener.userId)] }, sub: hubSubject(listener), exp };
    const token = this.#sign(claims, key);
    return { token, expiresAt: new Date(exp * 1_000) };
  }

  /** Kept until shortly before its end. */
  publisher(key: Uint8Array): string {
    const now = this.#clock.now();
    if (this.#publisherToken && now < this.#publisherToken.replaceAt) return this.#publisherToken.token;
    const exp = Math.floor(now / 1_000) + PUBLISHER_TOKEN_SECONDS;
    const token = this.#sign({ mercure: { publish: [ALL_COMMAND_TOPICS] }, exp }, key);
    this.#publisherToken = { token, replaceAt: exp * 1_000 - PUBLISHER_TOKEN_MARGIN_MS };
    return token;
  }

  #sign(claims: object, key: Uint8Array): string {
    return this.#jwt.sign(claims, { secret: Buffer.from(key), algorithm: 'HS256' });
  }
}
