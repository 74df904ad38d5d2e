import { randomUUID } from 'node:crypto';
import { findProgram, requireProgram } from './find-program.ts';
import { run } from './run.ts';
import { atTheEnd } from './end-guard.ts';
import { waitFor } from './wait-for.ts';

export interface TerminalOptions {
  readonly command: string;
  readonly columns: number;
  readonly rows: number;
  /** What programs are told that they write to; as tmux has it without. */
  readonly term?: string;
}

export interface TestTerminal {
  /** Keys as tmux names them (`Tab`, `C-u`), or text. */
  type(...keys: readonly string[]): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  /** What stands there, without empty rows at the end. @param isStyled with its colours, as escape sequences */
  screen(isStyled?: boolean): Promise<string>;
  /** The screen, once it is as it should be. @throws Error with what stands there instead */
  shows(what: RegExp): Promise<string>;
  stop(): Promise<void>;
}

/** What {@link startTerminal} lacks here, or undefined. */
export function missingTerminal(): string | undefined {
  return findProgram('tmux') ? undefined : 'tmux';
}

/** A command in a real terminal that nobody looks at: a tmux of its own. */
export async function startTerminal({ command, columns, rows, term }: TerminalOptions): Promise<TestTerminal> {
  const program = requireProgram('tmux');
  const name = `servonaut-${randomUUID()}`;
  const tmux = async (...args: readonly string[]): Promise<string> =>
    (await run(program, ['-u', '-L', name, '-f', '/dev/null', ...args])).stdout;
  atTheEnd(`tmux -L "$1" kill-server 2> /dev/null`, name);
  const size = ['-x', `${columns}`, '-y', `${rows}`];
  const settings = ['set', '-g', 'status', 'off', ';', 'set', '-g', 'default-terminal', term ?? 'screen-256color', ';'];
  // The settings are for what starts after them, so there is a session first that does nothing.
  await tmux('start-server', ';', ...settings, 'new-session', '-d', ...size, command);
  const screen = async (isStyled = false): Promise<string> =>
    (await tmux('capture-pane', '-p', ...(isStyled ? ['-e'] : []))).trimEnd();
  return {
    type: async (...keys) => void (await tmux('send-keys', ...keys)),
    resize: async (wide, high) => void (await tmux('resize-window', '-x', `${wide}`, '-y', `${high}`)),
    screen,
    shows: async (what) => {
      let last = '';
      const isThere = async (): Promise<boolean> => what.test((last = await screen()));
      await waitFor(isThere, { what: `the terminal to show ${what}`, timeoutMs: 10_000 }).catch((error: unknown) => {
        throw new Error(`${(error as Error).message}; it shows:\n${last}`);
      });
      return last;
    },
    stop: async () => void (await tmux('kill-server').catch(() => '')),
  };
}
