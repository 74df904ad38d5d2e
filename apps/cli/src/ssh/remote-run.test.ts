import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { ChannelStream } from './links/channel-stream.ts';
import type { OutputKeeping } from './output-keeping.ts';
import { RemoteRun } from './remote-run.ts';

/** A channel whose server says what the test says. */
class ToldChannel extends ChannelStream {
  isClosed = false;

  signal(): void {
    throw new Error('no signal was expected');
  }

  close(): void {
    this.isClosed = true;
  }

  tell(...chunks: readonly string[]): void {
    for (const chunk of chunks) this.push(chunk);
  }

  done(): void {
    this.finish();
  }

  override _read(): void {}

  protected override readErrors(): void {}
}

/** Keeps what comes, and is as slow as the test says. */
function slowKeeping(hasRoom: () => boolean) {
  const kept: string[] = [];
  const listeners: (() => void)[] = [];
  const keeping: OutputKeeping = {
    write: (_, chunk) => kept.push(chunk.toString()) > 0 && hasRoom(),
    onDrain: (listener) => listeners.push(listener),
    end: () => Promise.resolve(true),
  };
  return { kept, keeping, drained: () => listeners.forEach((listener) => listener()) };
}

const OPTIONS = { maxOutput: 4_096, lingerMs: 1, stdin: undefined, onOutput: undefined };

describe('a run whose output is kept', () => {
  it('reads no further while the disk is slow, and takes that for no end of the output', async () => {
    const channel = new ToldChannel();
    let room = false;
    const { kept, keeping, drained } = slowKeeping(() => room);
    const run = new RemoteRun(channel, { ...OPTIONS, keeping });
    channel.tell('one ', 'two ', 'three');
    channel.emit('exit', 0);
    const early = await Promise.race([run.ended, delay(20 * OPTIONS.lingerMs, 'goes on')]);
    expect([early, kept, channel.isClosed]).toEqual(['goes on', ['one '], false]);
    room = true;
    drained();
    channel.done();
    expect(await run.ended).toMatchObject({ exitCode: 0, kept: true, stdout: { text: 'one two three', bytes: 13 } });
    expect(kept).toEqual(['one ', 'two ', 'three']);
  });

  it('that is given up is over, whether or not the disk can be written to again', async () => {
    const channel = new ToldChannel();
    const { keeping, drained } = slowKeeping(() => false);
    const run = new RemoteRun(channel, { ...OPTIONS, keeping });
    channel.tell('one ', 'two ');
    await delay(0);
    run.abandon();
    expect(await run.ended).toMatchObject({ isReported: false, stdout: { text: 'one ' } });
    drained();
    expect(channel.isPaused()).toBe(true);
  });
});
