import type { Writable } from 'node:stream';

/** What a command gets as its stdin. */
export type RemoteStdin = string | Uint8Array | AsyncIterable<Uint8Array>;

/**
 * Writes all of it to the stdin of a command and then its end.
 * @param ended when nothing takes it any more
 * @param onFault told of what the source threw. The stdin is left open then: its end would say that this was all.
 */
export function giveStdin(
  channel: Writable,
  stdin: RemoteStdin,
  ended: Promise<unknown>,
  onFault: (error: unknown) => void,
): void {
  if (typeof stdin === 'string' || stdin instanceof Uint8Array) channel.end(stdin);
  else feed(channel, stdin, ended).catch(onFault);
}

/** As fast as it is taken. The source is left off, and told so, once nothing takes it. */
async function feed(channel: Writable, source: AsyncIterable<Uint8Array>, ended: Promise<unknown>): Promise<void> {
  let isOpen = true;
  let goOn = (): void => undefined;
  const leaveOff = (): void => {
    isOpen = false;
    goOn();
  };
  void ended.finally(leaveOff);
  channel.on('drain', () => goOn());
  for await (const chunk of source) {
    if (!isOpen) return;
    if (channel.write(chunk)) continue;
    await new Promise<void>((resolve) => (goOn = resolve));
    if (!isOpen) return;
  }
  if (isOpen) channel.end();
}
