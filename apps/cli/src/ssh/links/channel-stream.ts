import { Duplex, Readable } from 'node:stream';

/**
 * The streams of a RemoteChannel. As with ssh2's channels `close` is said by whoever knows that nothing more comes, after all output was read, and
 * not by the streams themselves.
 */
export abstract class ChannelStream extends Duplex {
  readonly stderr: Readable;

  constructor() {
    const own = { autoDestroy: false, emitClose: false };
    super(own);
    this.stderr = new Readable({ ...own, read: () => this.readErrors() });
  }

  /** As `_read`, for stderr. */
  protected abstract readErrors(): void;

  /** No more output comes: `close` follows when what has come was read. */
  protected finish(): void {
    let open = 2;
    for (const stream of [this, this.stderr]) {
      if (stream.readableEnded) open--;
      else stream.once('end', () => --open || this.emit('close'));
      stream.push(null);
    }
    if (open === 0) this.emit('close');
  }
}
