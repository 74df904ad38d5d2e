import { judge, type Measured } from '../report.ts';

const REDACTION = new URL('../../../apps/cli/dist/redaction/redactor.js', import.meta.url).href;

/** What the built executor has of it. */
interface RedactorModule {
  readonly Redactor: new (wishes: () => object) => {
    stream(): { write(chunk: Buffer): Buffer; end(): Buffer };
  };
}

const MIB = 1024 ** 2;
const MEASURED_BYTES = 100 * MIB;
/** As ssh2 hands them over. */
const CHUNK_BYTES = 32 * 1024;
const MOST_MS_OF_A_MIB = 20;

const ORDINARY =
  '2026-11-23T10:00:00.123Z web-1 nginx[4711]: 10.0.0.1 - - "GET /api/v1/items?page=7 HTTP/1.1" 200 512 "-" "Mozilla/5.0 (X11; Linux x86_64)"\n';
const FULL_OF_WORDS =
  'Nov 23 10:00:00 web-1 sshd[4711]: Failed password for invalid user admin from 10.0.0.1 port 51515 ssh2, token expired\n';

/** What looking for secrets costs of output that has none: of ordinary lines, and of lines with the words that secrets come with. */
export async function measureRedaction(): Promise<Measured> {
  const { Redactor } = (await import(REDACTION)) as RedactorModule;
  const timeOf = (line: string, bytes: number): number => {
    const stream = new Redactor(() => ({ highEntropy: false, patterns: [] })).stream();
    const chunk = Buffer.from(line.repeat(Math.ceil(CHUNK_BYTES / line.length)));
    const started = performance.now();
    for (let written = 0; written < bytes; written += chunk.length) stream.write(chunk);
    stream.end();
    return (performance.now() - started) / (bytes / MIB);
  };
  timeOf(ORDINARY, 10 * MIB);
  const wordy = timeOf(FULL_OF_WORDS, MEASURED_BYTES / 20);
  return {
    rows: {},
    budgets: [judge('redaction of ordinary output: ms a MiB', timeOf(ORDINARY, MEASURED_BYTES), MOST_MS_OF_A_MIB)],
    notes: [`Redaction of lines with words that secrets come with: ${wordy.toFixed(0)} ms a MiB.`],
  };
}
