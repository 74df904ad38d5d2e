import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { parse, stringify, validate, version } from 'uuid';
import type { Holding } from './executor-record.ts';

/** RFC 9562 section 5.8. The version stands in the 64 bits of chance, the variant in the 64 of the proof. */
const VERSION = 8;
const NONCE_BYTES = 8;

/**
 * Ids that prove whose they are: by the secret of the executor, or, if it has none, by its credential. So nobody has to remember an id that is
 * no longer listed for it to stay out of reach of everybody else, and no coordinator that has the master secret ever forgets.
 */
export class ExecutorIds {
  readonly #key: Uint8Array;

  /** @param key see `CoordinatorKeys` */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  issue(holding: Holding): string {
    const nonce = randomBytes(NONCE_BYTES);
    nonce.writeUInt8((nonce.readUInt8(6) & 0x0f) | (VERSION << 4), 6);
    return stringify(this.#proven(nonce, holding));
  }

  /** Whether the id was issued to this holding. Never for one of another make, such as that of an executor which does not register. */
  isOf(executorId: string, holding: Holding): boolean {
    if (!validate(executorId) || version(executorId) !== VERSION) return false;
    const expected = stringify(this.#proven(parse(executorId).subarray(0, NONCE_BYTES), holding));
    return timingSafeEqual(Buffer.from(executorId), Buffer.from(expected));
  }

  #proven(nonce: Uint8Array, { userId, credentialId, secretHash }: Holding): Uint8Array {
    const owner = JSON.stringify(secretHash === null ? { userId, credentialId } : { userId, secretHash });
    const proof = createHmac('sha256', this.#key).update(nonce).update(owner).digest().subarray(0, NONCE_BYTES);
    proof.writeUInt8((proof.readUInt8(0) & 0x3f) | 0x80);
    return Buffer.concat([nonce, proof]);
  }
}
