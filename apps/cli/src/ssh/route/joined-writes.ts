import type { Duplex } from 'node:stream';

/**
 * Has a stream send what was written while it was corked in one piece. A channel of ssh2 would make a packet of each part, and the transport on
 * top of it writes every packet of its own in three.
 */
export function joinWrites<Stream extends Duplex>(stream: Stream): Stream {
  stream._writev = (parts, callback) =>
    stream._write(Buffer.concat(parts.map(({ chunk }) => chunk as Buffer)), 'buffer' as BufferEncoding, callback);
  return stream;
}
