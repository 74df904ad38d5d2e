import { Injectable } from '@nestjs/common';

/** What can no longer be used: everything of a user, or one credential of theirs. */
export interface Revocation {
  readonly userId: string;
  readonly credentialId?: string;
}

/** Says within this process what has been revoked. Other processes notice when their cached tokens age out. */
@Injectable()
export class Revocations {
  readonly #listeners = new Set<(revocation: Revocation) => void>();

  /** @returns a function that ends the subscription. */
  subscribe(listener: (revocation: Revocation) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  announce(revocation: Revocation): void {
    for (const listener of this.#listeners) listener(revocation);
  }
}
