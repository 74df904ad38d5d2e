import { Injectable } from '@nestjs/common';

/** How long after a revocation something may still go on that it has to end, in milliseconds: longer than any request is open. */
export const REVOCATION_ECHO_MS = 3 * 3_600_000;

/** What can no longer be used: everything of a user, or one credential or grant of theirs. */
export interface Revocation {
  readonly userId: string;
  /** `Principal.id`: of a credential, or of a grant, none of which are alike. */
  readonly credentialId?: string;
}

/**
 * A user has another role. Nothing of theirs has ended, and so it names a credential that nobody has: it makes all processes forget what they
 * believe of users, and nothing else.
 */
export function roleChanged(userId: string): Revocation {
  return { userId, credentialId: 'role' };
}

interface Listener {
  readonly onRevoked: (revocation: Revocation) => void;
  readonly onMissed: () => void;
}

/** Says what has been revoked, once the database says so too. This one says it within the process. */
@Injectable()
export class Revocations {
  readonly #listeners = new Set<Listener>();
  #count = 0;

  /** Of those that were announced here, and the times that some may have been missed: while it stays, nothing has been heard of. */
  get count(): number {
    return this.#count;
  }

  /**
   * @param onRevoked may hear of a revocation more than once
   * @param onMissed: revocations by other processes may have gone unheard, so that only the database knows what still is good
   * @returns a function that ends the subscription.
   */
  subscribe(onRevoked: Listener['onRevoked'], onMissed: Listener['onMissed'] = () => undefined): () => void {
    const listener = { onRevoked, onMissed };
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  announce(revocation: Revocation): void {
    this.#count += 1;
    for (const { onRevoked } of this.#listeners) onRevoked(revocation);
  }

  protected missed(): void {
    this.#count += 1;
    for (const { onMissed } of this.#listeners) onMissed();
  }
}
