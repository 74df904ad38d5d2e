import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Redactor } from '../../apps/cli/src/redaction/redactor.ts';

/** Something that looks for secrets. */
export interface Tool {
  readonly name: string;
  /** The parts of each text that it takes for secrets. */
  find(texts: readonly string[]): Promise<readonly (readonly string[])[]>;
}

export function ours(): Tool {
  const redactor = new Redactor(() => ({ highEntropy: false, patterns: [] }));
  return { name: 'servonaut', find: (texts) => Promise.resolve(texts.map((text) => taken(text, redactor))) };
}

/** What stands in the text where a placeholder is in what is left of it. */
function taken(text: string, redactor: Redactor): string[] {
  const parts = redactor.redact(text).text.split(/\[redacted: [\w-]+\]/);
  let at = parts[0]?.length ?? 0;
  return parts.slice(1).map((next, index) => {
    const isLast = index === parts.length - 2;
    const end = isLast ? text.length - next.length : text.indexOf(next, at + 1);
    const part = text.slice(at, end);
    at = end + next.length;
    return part;
  });
}

interface Secretlint {
  lintSource(this: void, source: unknown): Promise<{ messages: readonly { range: readonly [number, number] }[] }>;
}

/** @param folder in whose node_modules it is */
export async function secretlint(folder: string): Promise<Tool> {
  const load = (name: string, main: string): Promise<unknown> =>
    import(pathToFileURL(join(folder, 'node_modules/@secretlint', name, main)).href) as Promise<unknown>;
  const { lintSource } = (await load('core', 'module/index.js')) as Secretlint;
  const preset = 'secretlint-rule-preset-recommend';
  const { creator } = (await load(preset, 'module/index.js')) as { creator: unknown };
  const config = { rules: [{ id: `@secretlint/${preset}`, rule: creator, options: {} }] };
  const find = async (content: string): Promise<string[]> => {
    const source = { content, filePath: '/secrets.txt', ext: '.txt', contentType: 'text' };
    const { messages } = await lintSource({ source, options: { config } });
    return messages.map(({ range: [start, end] }) => content.slice(start, end));
  };
  return { name: 'secretlint', find: (texts) => Promise.all(texts.map(find)) };
}

interface GitleaksFinding {
  readonly File: string;
  readonly Secret: string;
}

/** @param program its binary; it is run with the rules that it has built in */
export function gitleaks(program: string): Tool {
  return {
    name: 'gitleaks',
    find: (texts) => {
      const root = mkdtempSync(join(tmpdir(), 'redaction-comparison-'));
      try {
        return Promise.resolve(foundIn(root, texts, program));
      } finally {
        rmSync(root, { recursive: true });
      }
    },
  };
}

function foundIn(root: string, texts: readonly string[], program: string): string[][] {
  const [folder, report] = [join(root, 'texts'), join(root, 'report.json')];
  mkdirSync(folder);
  for (const [index, text] of texts.entries()) writeFileSync(join(folder, `${index}.conf`), text);
  const options = ['--no-banner', '--exit-code=0', '--report-format=json', `--report-path=${report}`];
  const { status, stderr } = spawnSync(program, ['dir', folder, ...options], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`gitleaks has failed: ${stderr}`);
  const found: string[][] = texts.map(() => []);
  for (const { File: file, Secret: secret } of JSON.parse(readFileSync(report, 'utf8')) as GitleaksFinding[])
    found[Number(/([0-9]+)\.conf$/.exec(file)?.[1])]?.push(secret);
  return found;
}
