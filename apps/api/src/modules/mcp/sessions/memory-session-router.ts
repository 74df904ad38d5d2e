import { addressKey, SessionRouter, type SessionAddress } from './session-router.ts';

/** For one process: every session is here. */
export class MemorySessionRouter extends SessionRouter {
  readonly #receivers = new Map<string, (message: unknown) => void>();

  async listen(address: SessionAddress, receive: (message: unknown) => void): Promise<() => Promise<void>> {
    const key = addressKey(address);
    this.#receivers.set(key, receive);
    return async () => void this.#receivers.delete(key);
  }

  async send(address: SessionAddress, message: unknown): Promise<boolean> {
    const receive = this.#receivers.get(addressKey(address));
    receive?.(message);
    return receive !== undefined;
  }
}
