import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startProcess } from '@servonaut/testkit';

const documents = new URL('../../docs/', import.meta.url);

/** What a reader does with a block of code. */
export type Step =
  | { readonly kind: 'file'; readonly path: string; readonly text: string }
  | { readonly kind: 'commands'; readonly text: string };

/** The code of one section, in order: files, whose first line is a comment with their path, and commands of a shell. */
export function stepsOf(document: string, heading: string): Step[] {
  const text = readFileSync(new URL(document, documents), 'utf8');
  const [, section = ''] = text.split(`\n## ${heading}\n`);
  const blocks = (section.split('\n## ')[0] ?? '').matchAll(/^```(\w+)\n(.*?)^```$/gms);
  return [...blocks].map(([, language, code = '']) => {
    if (language === 'sh') return { kind: 'commands', text: code };
    const [, path] = /^\/\/ (\S+)\n/.exec(code) ?? [];
    if (path === undefined) throw new Error(`a block of ${language} that says of no file that it is it:\n${code}`);
    return { kind: 'file', path, text: code };
  });
}

/** Somebody at a terminal who does what a document says, and answers "yes" when they are asked. */
export class Reader {
  readonly #env: Readonly<Record<string, string | undefined>>;
  #folder: string;

  constructor(folder: string, env: Readonly<Record<string, string | undefined>>) {
    this.#folder = folder;
    this.#env = env;
  }

  /** @returns what the terminal shows. @throws Error with that when a command fails */
  async follow(step: Step): Promise<string> {
    if (step.kind === 'commands') return this.#run(step.text);
    const path = join(this.#folder, step.path);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, step.text);
    return '';
  }

  async #run(text: string): Promise<string> {
    const script = join(this.#folder, '.step.sh');
    writeFileSync(script, `set -e\n${text}\npwd > '${script}.folder'\nrm '${script}'\n`);
    const child = await startProcess({
      command: 'script',
      args: ['-qec', `sh '${script}'`, '/dev/null'],
      env: { ...this.#env },
      cwd: this.#folder,
      stdin: 'yes\n',
    });
    const { code } = await child.exited;
    if (code !== 0) throw new Error(`${text}\nended with ${code}:\n${child.output()}`);
    this.#folder = readFileSync(`${script}.folder`, 'utf8').trim();
    return child.output();
  }
}
