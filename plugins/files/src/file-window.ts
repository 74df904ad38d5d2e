import { sh, ServonautError, type ExecResult, type ShellCommand, type ToolContext } from '@servonaut/plugin-sdk';
import { Enough, stoppedByUs } from './enough.ts';
import { digestOf, LARGEST_WHOLE, parseDigest } from './file-digest.ts';
import { factsOf, parseFacts, type Facts } from './file-facts.ts';
import { readableFile, refuseFault, withoutLinks } from './path-faults.ts';

/** Which part of a file: of `lines` lines from `fromLine` on, or its first bytes where `lines` is undefined; `mostBytes` of it. */
export interface WindowChoice {
  readonly path: string;
  readonly fromLine: number;
  readonly lines: number | undefined;
  readonly mostBytes: number;
  /** Whether a link on the way is a fault. */
  readonly refusesLinks?: boolean;
}

export interface FileWindow {
  readonly facts: Facts;
  /** SHA-256 of the whole file; undefined for a large one, and where the server has no program for it. */
  readonly digest: string | undefined;
  readonly bytes: Buffer;
  /** Whether there was more of the part than `mostBytes`. */
  readonly isCut: boolean;
}

/** Lines that the script prints before the content. */
const HEADER_LINES = 2;

/**
 * What is in a part of a file, to the byte, and the facts about all of it.
 * @throws ServonautError that says what is wrong with the file
 */
export async function readWindow(
  choice: WindowChoice,
  context: Pick<ToolContext, 'exec' | 'server'>,
): Promise<FileWindow> {
  const output = new WindowOutput(choice.mostBytes);
  const exec = await context.exec(script(choice), { consume: (chunk) => output.take(chunk) }).catch(stoppedByUs);
  if (exec) refuseFault(exec, choice.path, context.server.name);
  const window = output.window();
  if (window && !exec?.timedOut && (exec?.exitCode ?? 0) === 0) return window;
  throw unread(choice.path, context.server.name, exec);
}

function unread(path: string, server: string, exec: ExecResult | undefined): ServonautError {
  if (exec?.timedOut) return new ServonautError('timed_out');
  return new ServonautError('tool_failed', {
    message: `${path} on ${server} could not be read: ${exec?.stderr.trim().slice(0, 500) || 'the server has no stat(1) that is known here'}.`,
  });
}

/** tail and head hold no line in memory, however long it is. */
function script({ path, fromLine, lines, refusesLinks = false }: WindowChoice): ShellCommand {
  const part = lines === undefined ? sh`cat -- ${path}` : sh`tail -n ${`+${fromLine}`} -- ${path} | head -n ${lines}`;
  return sh`LC_ALL=C; export LC_ALL
${refusesLinks ? withoutLinks(path) : sh`:`}
${readableFile(path)}
${factsOf(path)}
size=$(wc -c < ${path}); sum=
if [ "$size" -le ${LARGEST_WHOLE} ]; then sum=$(${digestOf(path)}); fi
echo "sum $sum"
${part}`;
}

/** Takes a header and then the content, of which it keeps no more than it may. */
class WindowOutput {
  readonly #mostBytes: number;
  #seen = Buffer.alloc(0);

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  take(chunk: Uint8Array): void {
    this.#seen = Buffer.concat([this.#seen, chunk]);
    const start = this.#contentStart();
    if (start !== undefined && this.#seen.length - start > this.#mostBytes) throw new Enough();
  }

  window(): FileWindow | undefined {
    const start = this.#contentStart();
    if (start === undefined) return undefined;
    const [line = '', sum = ''] = this.#seen.subarray(0, start).toString().split('\n');
    const facts = parseFacts(line);
    const content = this.#seen.subarray(start);
    const isCut = content.length > this.#mostBytes;
    return facts && { facts, digest: parseDigest(sum), bytes: content.subarray(0, this.#mostBytes), isCut };
  }

  #contentStart(): number | undefined {
    let at = 0;
    for (let line = 0; line < HEADER_LINES; line++) {
      at = this.#seen.indexOf('\n', at) + 1;
      if (at === 0) return undefined;
    }
    return at;
  }
}
