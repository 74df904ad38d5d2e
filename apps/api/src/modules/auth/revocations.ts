import { Injectable } from '@nestjs/common';

/** How long after a revocation something may still go on that it has to end, in milliseconds: longer than any request is open. */
export const REVOCATION_ECHO_MS = 4 * 3_600_000;

/** What can no longer be used: everything of a user, or one credential or grant of theirs, or a delegation that they have given. */
export interface Revocation {
  readonly userId: string;
  /** `Principal.id`, of a credential or of a grant, or the id of a delegation: none of them are alike. */
  readonly credentialId?: string;
  /** Of a delegation: the only user who can no longer use it. Absent: nobody can. */
  readonly callerId?: string;
  /** Of a credential that has ended with what it was made with. Said only in the process where that was done. */
  readonly takenBack?: {
    readonly label: string;
    readonly scopes: readonly string[];
    readonly issued_by: string | null;
  };
}

interface Listener {
  readonly onRevoked: (revocation: Revocation) => void;
  readonly onMissed: () => void;
}

/**
 * Says what has been revoked, and that users may do something else than before, once the database says so too. This one says it within the process.
 */
@Injectable()
export class Revocations {
  readonly #listeners = new Set<Listener>();
  readonly #believers = new Set<() => void>();
  #count = 0;

  /** Of what was announced here, and the times that something may have been missed: while it stays, nothing has been heard of. */
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

  /**
   * @param forget: whatever is believed of users and of what they hold may be true no more
   * @returns a function that ends the subscription.
   */
  onDoubt(forget: () => void): () => void {
    this.#believers.add(forget);
    return () => this.#believers.delete(forget);
  }

  announce(revocation: Revocation): void {
    this.#doubt();
    for (const { onRevoked } of this.#listeners) onRevoked(revocation);
  }

  /** Users may do more than before, or less: by another role or plan, or by other rules. Nothing of theirs has ended. */
  announceChange(): void {
    this.#doubt();
  }

  protected missed(): void {
    this.#doubt();
    for (const { onMissed } of this.#listeners) onMissed();
  }

  #doubt(): void {
    this.#count += 1;
    for (const forget of this.#believers) forget();
  }
}
