import { createParser } from 'eventsource-parser';
import type { Clock } from './clock.ts';
import { MercureError } from './mercure-error.ts';

/** An update as a subscriber receives it. */
export interface ReceivedUpdate {
  readonly id: string | undefined;
  /** `message` when the publisher gave none (WHATWG HTML, section 9.2.6). */
  readonly type: string;
  readonly data: string;
}

export interface EventStreamHandlers {
  onUpdate(update: ReceivedUpdate): void;
  /** The hub asks to wait at least this long before a reconnection, in milliseconds. */
  onRetry(delayMs: number): void;
}

export interface EventStreamLimits {
  /** Longest silence, comments counted as sound, in milliseconds. */
  readonly watchdogMs: number;
  /** Longest unfinished event, in characters. */
  readonly eventLength: number;
}

/**
 * Reads one stream to its end and resolves when the hub ended it cleanly.
 * @throws MercureError `timeout` on silence, `protocol` on an event over the limit, `network` when the connection breaks.
 */
export async function readEventStream(
  body: ReadableStream<Uint8Array>,
  handlers: EventStreamHandlers,
  limits: EventStreamLimits,
  clock: Clock,
): Promise<void> {
  const reader = body.getReader();
  const watchdog = startWatchdog(clock, limits.watchdogMs, () => void reader.cancel().catch(() => undefined));
  const feed = createFeed(handlers, limits.eventLength);
  try {
    for (let chunk = await readChunk(reader); !chunk.done; chunk = await readChunk(reader)) {
      watchdog.touch();
      feed(chunk.value);
    }
    if (watchdog.fired) throw new MercureError('timeout', `The stream was silent for ${limits.watchdogMs} ms.`);
  } finally {
    watchdog.stop();
    // Best effort: the stream is over for us whether or not the other side hears of it.
    reader.cancel().catch(() => undefined);
  }
}

async function readChunk(reader: ReadableStreamDefaultReader<Uint8Array>) {
  try {
    return await reader.read();
  } catch (cause) {
    throw new MercureError('network', 'The stream broke.', { cause });
  }
}

function createFeed(handlers: EventStreamHandlers, maxBufferSize: number): (bytes: Uint8Array) => void {
  let tooLong = false;
  const parser = createParser({
    maxBufferSize,
    onEvent: ({ id, event, data }) => {
      handlers.onUpdate({ id, type: event ?? 'message', data });
    },
    onRetry: (delayMs) => {
      handlers.onRetry(delayMs);
    },
    onError: (error) => {
      tooLong ||= error.type === 'max-buffer-size-exceeded';
    },
  });
  const decoder = new TextDecoder();
  return (bytes) => {
    parser.feed(decoder.decode(bytes, { stream: true }));
    if (tooLong) throw new MercureError('protocol', `An event is longer than ${maxBufferSize} characters.`);
  };
}

/** One timer for the stream's whole life: a chunk costs a reading of the clock, not a new timer. */
function startWatchdog(clock: Clock, limitMs: number, onSilence: () => void) {
  let lastSound = clock.now();
  let fired = false;
  let timer = clock.setTimeout(check, limitMs);
  function check(): void {
    const leftMs = lastSound + limitMs - clock.now();
    if (leftMs > 0) {
      timer = clock.setTimeout(check, leftMs);
      return;
    }
    fired = true;
    onSilence();
  }
  return {
    touch: () => {
      lastSound = clock.now();
    },
    stop: () => {
      clock.clearTimeout(timer);
    },
    get fired() {
      return fired;
    },
  };
}
