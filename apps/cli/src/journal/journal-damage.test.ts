import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { Journal } from './journal.ts';
import { MemoryDisk } from './testing/memory-disk.ts';

const PATH = '/state/journal';
const LINE_FEED = 0x0a;
const ids: string[] = Array.from({ length: 4 }, () => randomUUID());

const opened = (disk: MemoryDisk): Journal => new Journal('/state', { disk, boot: 'one' });

/** A journal in which each of `ids` stands on one line. */
function written(): Buffer {
  const disk = new MemoryDisk();
  const journal = opened(disk);
  for (const [n, requestId] of ids.entries()) {
    if (n % 2 === 0) journal.start({ requestId, executorId: 'e1', tool: 'run_command', server: 'web-1' });
    else journal.finish(requestId, JSON.stringify({ request_id: randomUUID(), output: 'grün\n', data: { n } }));
  }
  journal.close();
  return disk.get(PATH) as Buffer;
}

/** The byte after the last one of each line, by the id that stands there. */
function endOf(bytes: Buffer, id: string): number {
  const end = bytes.indexOf(LINE_FEED, bytes.indexOf(id));
  return end === -1 ? bytes.length : end;
}

function look<T>(bytes: Buffer, at: (journal: Journal) => T): T {
  const disk = new MemoryDisk();
  disk.put(PATH, bytes);
  const journal = opened(disk);
  try {
    return at(journal);
  } finally {
    journal.close();
  }
}

describe('a damaged journal', () => {
  const whole = written();

  it('knows, when it was cut off at any byte, every id whose line is whole, and goes on', () => {
    for (let cut = 1; cut <= whole.length; cut += 1) {
      const expected = ids.map((id) => endOf(whole, id) <= cut);
      look(whole.subarray(0, cut), (journal) => {
        expect([cut, ids.map((id) => journal.knows(id))]).toEqual([cut, expected]);
        expect(journal.damaged).toBeLessThanOrEqual(1);
      });
    }
  });

  it('knows, when any of its bits has changed, every id whose line is whole, no other, and doubts', () => {
    for (let bit = 0; bit < whole.length * 8; bit += 1) {
      const bytes = Buffer.from(whole);
      const at = bit >> 3;
      bytes[at] = (bytes[at] as number) ^ (1 << (bit & 7));
      const spoiled = ids.filter((id) => {
        const end = endOf(whole, id);
        return at >= whole.lastIndexOf(LINE_FEED, end - 1) && at <= end;
      });
      look(bytes, (journal) => {
        const forgotten = ids.filter((id) => !journal.knows(id) && !spoiled.includes(id));
        const known = [...journal.interrupted(), ...journal.undelivered()].map(({ requestId }) => requestId);
        const strange = known.filter((id) => !ids.includes(id));
        expect([bit, forgotten, strange, journal.isDoubtful]).toEqual([bit, [], [], true]);
      });
    }
  });

  it('is opened whatever it holds', () => {
    const part = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.constant(whole),
      fc.constant(Buffer.from('\n{"event":"started"}')),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
        look(Buffer.concat(parts), (journal) => journal.knows(ids[0] as string));
      }),
      { numRuns: 200 },
    );
  });
});
