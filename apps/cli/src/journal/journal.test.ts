import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@servonaut/testkit';
import { Journal } from './journal.ts';
import { MemoryDisk } from './testing/memory-disk.ts';

const request = (requestId: string) => ({ requestId, executorId: 'e1', tool: 'run_command', server: 'web-1' });

const body = (id: string, output = 'hi\n'): string =>
  JSON.stringify({ request_id: id, status: 'success', output, error_message: null, execution_time_ms: 4 });

describe('the journal', () => {
  let folder: string;
  const file = (): string => join(folder, 'journal');
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'servonaut-journal-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const reopened = <T>(look: (journal: Journal) => T, options = {}): T => {
    const journal = new Journal(folder, options);
    try {
      return look(journal);
    } finally {
      journal.close();
    }
  };

  it('knows after a restart what was taken before it', () => {
    const [started, finished, refused, never] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
    reopened((journal) => {
      journal.start(request(started));
      journal.start(request(finished));
      journal.finish(finished, body(finished));
      journal.finish(refused, body(refused));
    });
    reopened((journal) => {
      expect([started, finished, refused, never].map((id) => journal.knows(id))).toEqual([true, true, true, false]);
    });
  });

  it('gives back results until they are delivered, and what was interrupted', () => {
    const [running, waiting, done] = [randomUUID(), randomUUID(), randomUUID()];
    reopened((journal) => {
      for (const id of [running, waiting, done]) journal.start(request(id));
      journal.finish(waiting, body(waiting));
      journal.finish(done, body(done));
      journal.deliver(done);
    });
    reopened((journal) => {
      expect(journal.interrupted()).toEqual([{ ...request(running), startedAt: expect.any(Number) }]);
      expect(journal.undelivered().map((result) => [result.requestId, JSON.parse(result.body)])).toEqual([
        [waiting, JSON.parse(body(waiting))],
      ]);
      expect(journal.knows(done)).toBe(true);
    });
  });

  it('can be read by its owner only', () => {
    writeFileSync(file(), '', { mode: 0o644 });
    reopened(() => undefined);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
  });

  it('forgets delivered requests in time, and nothing else', () => {
    const [old, waiting] = [randomUUID(), randomUUID()];
    reopened((journal) => {
      for (const id of [old, waiting]) journal.finish(id, body(id));
      journal.deliver(old);
    });
    reopened((journal) => expect([journal.knows(old), journal.knows(waiting)]).toEqual([false, true]), {
      now: () => Date.now() + 3 * 3_600_000,
    });
  });

  it('stays small while it runs', () => {
    const kept = randomUUID();
    reopened(
      (journal) => {
        journal.finish(kept, body(kept));
        for (let n = 0; n < 100; n += 1) {
          const id = randomUUID();
          journal.start(request(id));
          journal.finish(id, body(id, 'x'.repeat(10_000)));
          journal.deliver(id);
        }
        expect(statSync(file()).size).toBeLessThan(150_000);
        expect(journal.undelivered().map((result) => result.requestId)).toEqual([kept]);
      },
      { compactAtBytes: 100_000 },
    );
    reopened((journal) => expect(journal.undelivered()).toHaveLength(1));
  });

  it('runs nothing more while too much waits for the coordinator', () => {
    reopened(
      (journal) => {
        const [waiting, refused] = [randomUUID(), randomUUID()];
        journal.finish(waiting, body(waiting, 'x'.repeat(2_000)));
        expect(() => journal.start(request(refused))).toThrow(/1 results .* wait for the coordinator/);
        expect(journal.knows(refused)).toBe(false);
        journal.deliver(waiting);
        journal.start(request(refused));
      },
      { maxSpoolBytes: 1_000 },
    );
  });

  it('is not written by a process that has closed it: another one may have it by then', () => {
    const late = randomUUID();
    const journal = new Journal(folder);
    journal.finish(late, body(late));
    journal.close();
    const before = readFileSync(file());
    for (let n = 0; n < 2; n += 1) expect(() => journal.deliver(late)).toThrow('closed');
    expect(readFileSync(file())).toEqual(before);
  });

  it('does not close a file that is being synced', async () => {
    const done = Promise.withResolvers<void>();
    const closed: number[] = [];
    let synced: number | undefined;
    const disk = Object.assign(new MemoryDisk(), {
      closeSync: (descriptor: number) => void closed.push(descriptor),
      fdatasync: (descriptor: number, answer: (error: Error | null) => void) => {
        synced = descriptor;
        void done.promise.then(() => answer(null));
      },
    });
    const journal = new Journal('/state', { disk, compactAtBytes: 1, syncAfterMs: 1 });
    const [running, over] = [randomUUID(), randomUUID()];
    journal.start(request(running));
    await waitFor(() => synced !== undefined, { what: 'the sync' });
    journal.finish(over, body(over));
    journal.deliver(over);
    expect(closed).not.toContain(synced);
    done.resolve();
    await waitFor(() => closed.includes(synced as number), { what: 'the end of the sync' });
    journal.close();
  });

  it('has everything that a killed process said it had written', async () => {
    const source = new URL('journal.ts', import.meta.url).href;
    const script = `
      import { randomUUID } from 'node:crypto';
      import { Journal } from ${JSON.stringify(source)};
      const journal = new Journal(process.argv[1]);
      for (;;) {
        const id = randomUUID();
        journal.start({ requestId: id, executorId: 'e1', tool: 'run_command', server: null });
        journal.finish(id, JSON.stringify({ request_id: id, status: 'success', output: 'x'.repeat(5000), execution_time_ms: 1 }));
        process.stdout.write(id + '\\n');
      }`;
    const args = ['--conditions=@servonaut/source', '--input-type=module', '-e', script, folder];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.length > 37 * 200) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const ids = said.slice(0, said.lastIndexOf('\n')).split('\n');
    reopened((journal) => {
      expect(ids.length).toBeGreaterThanOrEqual(199);
      const spooled = new Set(journal.undelivered().map((result) => result.requestId));
      expect(ids.filter((id) => !spooled.has(id))).toEqual([]);
    });
  });
});
