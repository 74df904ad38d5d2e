import type { Finding, FindingState } from '../services/doctor/finding.ts';
import { plainText } from './plain-text.ts';

const COLUMNS = 80;
const INDENT = ' '.repeat('failure  '.length);

/** Words in lines of at most `width` characters; a word that is longer is cut. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).flatMap((one) => one.match(new RegExp(`.{1,${width}}`, 'gu')) ?? [])) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function block(first: string, text: string): string {
  const [head, ...rest] = wrapped(text, COLUMNS - INDENT.length);
  return [`${first}${head}`, ...rest.map((line) => `${INDENT}${line}`)].map((line) => `${line}\n`).join('');
}

function renderFinding({ state, check, subject, what, todo, detail }: Finding): string {
  const about = subject === null ? check : `${check} ${subject}`;
  return [
    block(state.padEnd(INDENT.length), plainText(`${about}: ${what}`)),
    detail === null ? '' : block(INDENT, plainText(`(${detail})`)),
    todo === null ? '' : block(INDENT, plainText(`> ${todo}`)),
  ].join('');
}

function sum(findings: readonly Finding[]): string {
  const count = (state: FindingState) => findings.filter((finding) => finding.state === state).length;
  return `\n${count('failure')} failed, ${count('warning')} to look at, ${count('ok')} well.\n`;
}

/** In the order in which they are given. */
export function renderFindings(findings: readonly Finding[]): string {
  return findings.map(renderFinding).join('') + sum(findings);
}

/** The shape is in docs/executor.md, section "When something is wrong". */
export function findingsJson(findings: readonly Finding[]): object {
  const shown = findings.map(({ check, subject, state, what, todo, detail }) => ({
    check,
    subject,
    state,
    what,
    todo,
    detail,
  }));
  return { ok: isWell(findings), findings: shown };
}

/** Whether nothing has failed; a warning is no failure. */
export function isWell(findings: readonly Finding[]): boolean {
  return findings.every(({ state }) => state !== 'failure');
}
