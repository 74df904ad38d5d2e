import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of output after which what was read and dropped is collected. */
const COLLECT_EVERY = 8 * 1024 * 1024;

type Collector = (options: { type: 'minor' }) => void;
let collector: Collector | undefined;
/** Of all outputs together, as they share one memory: ten that are read at once fill it long before one of them has come so far. */
let discarded = 0;

/** The collector that `--expose-gc` gives; reached this way since a program cannot choose the flags it is started with. */
function minorCollector(): Collector {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as Collector;
}

/**
 * Gives the memory of dropped output back. V8 counts the buffers of a stream as small objects and lets about 100 MiB of them pile up before it
 * looks, and then at everything; a young collection each 8 MiB takes about 3 ms and keeps a gigabyte of output within 30 MiB.
 * @param bytes that were dropped since the last call
 */
export function discardMemory(bytes: number): void {
  discarded += bytes;
  if (discarded < COLLECT_EVERY) return;
  discarded = 0;
  collector ??= minorCollector();
  collector({ type: 'minor' });
}
