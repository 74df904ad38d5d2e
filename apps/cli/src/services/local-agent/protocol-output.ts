import { Writable } from 'node:stream';

/**
 * Keeps stdout for the protocol: a line of anything else there ends the conversation. Whatever else writes to it, such as a `console.log` of a plugin, writes
 * to stderr from now on.
 */
export function protocolOutput({ stdout, stderr }: Pick<NodeJS.Process, 'stdout' | 'stderr'>): Writable {
  const write = stdout.write.bind(stdout);
  stdout.write = stderr.write.bind(stderr);
  return new Writable({
    decodeStrings: false,
    write: (chunk: string | Uint8Array, _encoding, done) => void write(chunk, done),
  });
}
