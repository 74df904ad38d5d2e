/** A string as the SSH protocol writes it: its length in four bytes, then its bytes (RFC 4251 section 5). */
export function sshString(value: Buffer | string): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A number that is not negative, given as its bytes: without leading zeros, and with one where its first bit is set (RFC 4251 section 5, mpint). */
export function sshNumber(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const significant = first < 0 ? Buffer.alloc(0) : bytes.subarray(first);
  const isSigned = (significant[0] ?? 0) >= 0x80;
  return sshString(isSigned ? Buffer.concat([Buffer.alloc(1), significant]) : significant);
}

/** Reads fields of the SSH protocol one after the other. */
export class SshReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Bytes that were read so far. */
  get position(): number {
    return this.#at;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** @throws RangeError when there are fewer bytes left */
  bytes(count: number): Buffer {
    if (count > this.#bytes.length - this.#at) throw new RangeError('the field is cut short');
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  uint32(): number {
    return this.bytes(4).readUInt32BE();
  }

  uint64(): bigint {
    return this.bytes(8).readBigUInt64BE();
  }

  string(): Buffer {
    return this.bytes(this.uint32());
  }

  text(): string {
    return this.string().toString('utf8');
  }
}
