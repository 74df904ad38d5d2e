import type { Holder } from '../executors/executor-record.ts';

/** Whom a subscriber token names (`sub`): the credential that it was given to, and its user. */
export function hubSubject({ userId, credentialId }: Holder): string {
  return `${userId}/${credentialId}`;
}

/** The holder whom a subject names; undefined for a subject of another make. */
export function holderOf(subject: string | undefined): Holder | undefined {
  const [userId, credentialId, more] = subject?.split('/') ?? [];
  return userId && credentialId && more === undefined ? { userId, credentialId } : undefined;
}
