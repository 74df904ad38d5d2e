import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { waitFor, type TestOperator } from '@servonaut/testkit';

/** `servonaut approve` in a terminal of its own, at which somebody sits. */
export class ApprovingTerminal {
  screen = '';
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;

  constructor(operator: TestOperator) {
    const cli = new URL('../../apps/cli/bin/run.js', import.meta.url).pathname;
    const line = [process.execPath, cli, 'approve'].map((word) => `'${word}'`).join(' ');
    this.#child = spawn('script', ['-q', '-e', '-c', line, '/dev/null'], {
      env: operator.env,
      cwd: operator.home,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.stdout.on('data', (chunk: Buffer) => (this.screen += chunk.toString()));
  }

  async see(text: string): Promise<void> {
    await waitFor(() => this.screen.includes(text), { what: `"${text}" in ${this.screen}`, timeoutMs: 20_000 });
  }

  /** Types `key` until the question is gone: what comes before a person can have read it does not count. */
  async answer(key: string, isAnswered: () => boolean): Promise<void> {
    await waitFor(
      () => {
        if (!isAnswered()) this.#child.stdin.write(key);
        return isAnswered();
      },
      { what: 'the answer', everyMs: 300 },
    );
    this.screen = '';
  }

  async close(): Promise<void> {
    this.#child.stdin.write('q');
    if (this.#child.exitCode === null) await once(this.#child, 'close');
  }
}
