import { plainText, table } from './plain-text.ts';

/** A command as it was found. */
interface ShownCommand {
  readonly text: string;
  readonly class: string;
  readonly reason: string;
}

interface ShownDecision {
  readonly decision: string;
  readonly class: string;
  readonly rule: string;
  readonly message: string;
  readonly commands: readonly ShownCommand[];
}

interface ShownLint {
  readonly path: string;
  readonly isThere: boolean;
  readonly findings: readonly { readonly severity: string; readonly line: number | null; readonly message: string }[];
}

/** What was decided and by what, then each command that was found. */
export function renderDecision({ decision, class: worst, rule, message, commands }: ShownDecision): string {
  const facts = table([
    ['decision', decision],
    ['class', worst],
    ['rule', rule],
  ]);
  const rows = commands.map((one) => [one.class, plainText(one.text), plainText(one.reason)]);
  const found = rows.length > 0 ? `\n${table([['CLASS', 'COMMAND', 'REASON'], ...rows])}` : '';
  return `${facts}${found}\n${plainText(message)}\n`;
}

/** One line each, as compilers write them. */
export function renderLint({ path, isThere, findings }: ShownLint): string {
  if (!isThere) return `${path}: there is none; agents may read, all else is asked for\n`;
  if (findings.length === 0) return `${path}: nothing to find fault with\n`;
  return findings
    .map(({ severity, line, message }) =>
      severity === 'fault'
        ? `fault: ${plainText(message)}\n`
        : `warning: ${path}, line ${line ?? 1}: ${plainText(message)}\n`,
    )
    .join('');
}

/** Class and reason of one command. */
export function classifiedLine({ class: worst, reason }: { readonly class: string; readonly reason: string }): string {
  return `${worst}\t${plainText(reason)}`;
}
