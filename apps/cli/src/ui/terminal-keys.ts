import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { ReadStream } from 'node:tty';

/**
 * Gets one key as the terminal sends it: a character such as `p`, or an escape sequence. `isAlone` is false for one of several that came in one piece,
 * as what is pasted does.
 */
export type OnKey = (key: string, isAlone: boolean) => void;

const SIGNALS: Readonly<Record<string, NodeJS.Signals>> = {
  '\u0003': 'SIGINT',
  '\u001C': 'SIGQUIT',
  '\u001A': 'SIGTSTP',
};

/**
 * Keys of the operator's terminal, one by one and without echo. Ctrl-C, Ctrl-Z and Ctrl-\ are the signals that they always are, and whatever ends the
 * process leaves the terminal as it was. A job in the background gets no keys: the terminal would stop it for touching it.
 */
export class TerminalKeys {
  readonly #terminal: ReadStream;
  /** The newest one gets the keys. */
  readonly #listeners: OnKey[] = [];
  #isOurs = false;
  readonly #onData = (data: Buffer): void =>
    keysOf(data.toString('utf8')).forEach((key, _index, all) => this.#take(key, all.length === 1));
  readonly #begin = (): void => this.#takeTerminal();
  readonly #end = (): void => this.#leaveTerminal();

  constructor(terminal: ReadStream) {
    this.#terminal = terminal;
    process.on('SIGCONT', this.#begin);
    process.on('exit', this.#end);
    this.#takeTerminal();
  }

  /** Undefined where there is no terminal. */
  static open(): TerminalKeys | undefined {
    return process.stdin.isTTY && process.stdout.isTTY ? new TerminalKeys(process.stdin) : undefined;
  }

  /** Whether what is typed comes here at this moment. */
  get isThere(): boolean {
    return this.#isOurs && isInForeground();
  }

  /** @returns gives the keys back to whoever had them before */
  listen(onKey: OnKey): () => void {
    this.#listeners.push(onKey);
    return () => void this.#listeners.splice(this.#listeners.indexOf(onKey), 1);
  }

  close(): void {
    process.off('SIGCONT', this.#begin);
    process.off('exit', this.#end);
    this.#leaveTerminal();
  }

  #takeTerminal(): void {
    if (this.#isOurs || !isInForeground()) return;
    this.#isOurs = true;
    this.#terminal.setRawMode(true);
    this.#terminal.on('data', this.#onData).resume();
  }

  #leaveTerminal(): void {
    if (!this.#isOurs) return;
    this.#isOurs = false;
    this.#terminal.off('data', this.#onData).pause();
    if (isInForeground()) this.#terminal.setRawMode(false);
  }

  #take(key: string, isAlone: boolean): void {
    const signal = SIGNALS[key];
    if (signal === undefined) return this.#listeners.at(-1)?.(key, isAlone);
    // What SIGINT does to the process is its own affair; the others leave the terminal to the shell at once.
    if (signal !== 'SIGINT') this.#leaveTerminal();
    process.kill(process.pid, signal);
  }
}

/** What was typed fast, or pasted, comes in one piece. */
function keysOf(text: string): string[] {
  return text.startsWith('\u001B') ? [text] : Array.from(text);
}

/** Whether this process belongs to the job that has the terminal. */
function isInForeground(): boolean {
  try {
    const [group, foreground] = process.platform === 'linux' ? groupsByProc() : groupsByPs();
    return group !== undefined && group === foreground;
  } catch {
    return false;
  }
}

/** proc(5): `pgrp` and `tpgid` are the third and the sixth field after the name, which may hold blanks and brackets. */
function groupsByProc(): (string | undefined)[] {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return [fields[2], fields[5]];
}

function groupsByPs(): (string | undefined)[] {
  const line = execFileSync('ps', ['-o', 'pgid=,tpgid=', '-p', String(process.pid)], { encoding: 'utf8' });
  return line.trim().split(/\s+/);
}
