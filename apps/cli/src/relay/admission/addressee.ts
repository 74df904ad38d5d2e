import { ServonautError, type CommandRequest } from '@servonaut/contracts';

/** Whom this executor is, as its registration says. */
export interface Addressee {
  readonly userId: string;
  readonly executorId: string;
}

/**
 * A request of another user, however well sealed, is never run here: the coordinator mixed up two users or a hub two topics.
 * @throws ServonautError `seal_invalid`
 */
export function checkAddressee(request: Pick<CommandRequest, 'user_id' | 'executor_id'>, self: Addressee): void {
  if (request.user_id !== self.userId) throw new ServonautError('seal_invalid', { detail: 'sealed for another user' });
  if (request.executor_id !== undefined && request.executor_id !== self.executorId) {
    throw new ServonautError('seal_invalid', { detail: 'sealed request names another executor' });
  }
}
