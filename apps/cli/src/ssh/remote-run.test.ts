import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { waitFor } from '@servonaut/testkit';
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

  /** What it was given as its stdin. */
  readonly given: string[] = [];

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.given.push(chunk.toString());
    done();
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

describe('a run whose stdout is consumed', () => {
  it('gives it to the byte, no sooner than the last was taken, and waits for the last before it is over', async () => {
    const channel = new ToldChannel();
    const taken: string[] = [];
    let take = (): void => undefined;
    const consume = (chunk: Uint8Array): Promise<void> => {
      taken.push(Buffer.from(chunk).toString());
      return new Promise((resolve) => (take = resolve));
    };
    const run = new RemoteRun(channel, { ...OPTIONS, consume });
    channel.tell('one ', 'password=hunter2');
    channel.emit('exit', 0);
    const early = await Promise.race([run.ended, delay(20 * OPTIONS.lingerMs, 'goes on')]);
    expect([early, taken]).toEqual(['goes on', ['one ']]);
    take();
    await delay(0);
    channel.done();
    const late = await Promise.race([run.ended, delay(0, 'goes on')]);
    expect([late, taken]).toEqual(['goes on', ['one ', 'password=hunter2']]);
    take();
    expect(await run.ended).toMatchObject({ exitCode: 0, stdout: { text: '', bytes: 20, truncated: false } });
  });

  it.each<[string, () => void | Promise<void>]>([
    [
      'throws',
      () => {
        throw new Error('enough');
      },
    ],
    ['rejects', () => Promise.reject(new Error('enough'))],
  ])('tells when the consumer %s, gives it no more and is not held up by it', async (_how, consume) => {
    const channel = new ToldChannel();
    const faults: unknown[] = [];
    let calls = 0;
    const counted = () => (calls++, consume());
    const run = new RemoteRun(channel, { ...OPTIONS, consume: counted, onFault: (error) => faults.push(error) });
    channel.tell('one ', 'two');
    await delay(0);
    channel.done();
    expect(await run.ended).toMatchObject({ stdout: { bytes: 7 } });
    expect([calls, faults]).toEqual([1, [new Error('enough')]]);
  });
});

describe('a run whose stdin comes over time', () => {
  async function* source(...chunks: readonly (string | Error)[]): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) {
      if (chunk instanceof Error) throw chunk;
      yield Buffer.from(chunk);
    }
  }

  it('gets all of it and then its end', async () => {
    const channel = new ToldChannel();
    const run = new RemoteRun(channel, { ...OPTIONS, stdin: source('one', 'two') });
    await new Promise((resolve) => channel.once('finish', resolve));
    channel.done();
    await run.ended;
    expect(channel.given).toEqual(['one', 'two']);
  });

  it('is left open when the source fails: its end would say that this was all', async () => {
    const channel = new ToldChannel();
    const fault = await new Promise((onFault) => {
      new RemoteRun(channel, { ...OPTIONS, stdin: source('one', new Error('no disk')), onFault });
    });
    expect([fault, channel.given, channel.writableEnded]).toEqual([new Error('no disk'), ['one'], false]);
  });

  it('leaves the source off once the command has ended', async () => {
    const channel = new ToldChannel();
    let isLeft = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          await delay(0);
          yield Buffer.from('more');
        }
      } finally {
        isLeft = true;
      }
    }
    const run = new RemoteRun(channel, { ...OPTIONS, stdin: endless() });
    channel.done();
    await run.ended;
    await waitFor(() => isLeft, { what: 'the source to be left off' });
  });
});
