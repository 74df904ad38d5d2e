/**
 * Measures the rules for secrets against those of others, over the same texts. What is compared is what a reader would be left with: a text counts as
 * found when none of its secrets is left once all has been masked that a tool has found.
 *
 *   node --conditions=@servonaut/source tools/redaction/compare.ts [--secretlint FOLDER] [--gitleaks PROGRAM] [CORPUS.jsonl …]
 *
 * FOLDER has `@secretlint/core` and `@secretlint/secretlint-rule-preset-recommend` in its node_modules; none of the others is a dependency of this
 * repository. A line of a corpus: `{"rule": "…", "text": "…", "secrets": ["…"]}`. Our own planted secrets come first, and ordinary logs last.
 * The examples of gitleaks' rules pass through `utils.Validate` of its `cmd/generate/config`, those of secretlint are the `test/snapshots` of its packages.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { OrdinaryLogs } from '../../apps/cli/src/redaction/testing/ordinary-logs.ts';
import { PLANTED_SECRETS } from '../../apps/cli/src/redaction/testing/planted-secrets.ts';
import { gitleaks, ours, secretlint, type Tool } from './finders.ts';

interface Sample {
  readonly rule: string;
  readonly text: string;
  readonly secrets: readonly string[];
}

const LOG_MEGABYTES = 3;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { secretlint: { type: 'string' }, gitleaks: { type: 'string' }, missed: { type: 'boolean' } },
});
const tools = [
  ours(),
  ...(values.secretlint ? [await secretlint(values.secretlint)] : []),
  ...(values.gitleaks ? [gitleaks(values.gitleaks)] : []),
];
const planted = PLANTED_SECRETS.map(({ kind, text, secrets }) => ({ rule: kind, text, secrets }));
const corpora = new Map<string, readonly Sample[]>([
  ['planted', planted],
  ...positionals.map((file) => [file, read(file)] as const),
]);
for (const [name, samples] of corpora) for (const tool of tools) await found(name, samples, tool);
const chunks = [...new OrdinaryLogs(1).chunks(LOG_MEGABYTES * 1_000_000)].map(String);
const lineCount = chunks.join('').split('\n').length - 1;
for (const tool of tools) {
  const alarms = (await tool.find(chunks)).reduce((sum, parts) => sum + parts.length, 0);
  console.log(`ordinary logs: ${tool.name}: ${alarms} alarms in ${lineCount} lines`);
}
// secretlint's measurements of itself go on for minutes.
process.exit();

function read(file: string): Sample[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  // A file that a rule knows by its name has no secret in its text.
  return lines.map((line) => JSON.parse(line) as Sample).filter(({ text }) => text !== '');
}

async function found(name: string, samples: readonly Sample[], tool: Tool): Promise<void> {
  const left = await tool.find(samples.map(({ text }) => text));
  const missed = samples.filter(({ text, secrets }, index) => {
    const masked = (left[index] ?? []).reduce((rest, part) => rest.replaceAll(part, '*'), text);
    return secrets.some((secret) => masked.includes(secret));
  });
  const rules = new Set(samples.map(({ rule }) => rule));
  const whole = rules.size - new Set(missed.map(({ rule }) => rule)).size;
  console.log(
    `${name}: ${tool.name}: ${samples.length - missed.length} of ${samples.length} texts, ${whole} of ${rules.size} kinds without a miss`,
  );
  if (values.missed) for (const { rule, text } of missed) console.log(`  ${rule}: ${JSON.stringify(text)}`);
}
