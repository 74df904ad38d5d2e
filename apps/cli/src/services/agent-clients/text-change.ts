/** Lines that are shown around what changes. */
const AROUND = 3;

/** What changes from one text to another, as a unified diff of one part: an edit is at one place. Empty where nothing does. */
export function changeText(file: string, before: string, after: string): string {
  if (before === after) return '';
  const [old, now] = [linesOf(before), linesOf(after)];
  const start = sameLines(old, now);
  const end = sameLines(old.slice(start).reverse(), now.slice(start).reverse());
  const from = Math.max(0, start - AROUND);
  const shown = [
    ...old.slice(from, start).map((line) => ` ${line}`),
    ...old.slice(start, old.length - end).map((line) => `-${line}`),
    ...now.slice(start, now.length - end).map((line) => `+${line}`),
    ...now.slice(now.length - end, now.length - end + AROUND).map((line) => ` ${line}`),
  ];
  return `--- ${file}\n+++ ${file}\n@@ from line ${from + 1} @@\n${shown.join('\n')}\n`;
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/);
}

function sameLines(ones: readonly string[], others: readonly string[]): number {
  const differs = ones.findIndex((line, at) => line !== others[at]);
  return differs === -1 ? Math.min(ones.length, others.length) : differs;
}
