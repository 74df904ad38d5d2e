import type { ShownApproval } from '../approval/shown-approval.ts';
import { plainText } from './plain-text.ts';

/** What each key means, in the order in which they are offered. */
export const APPROVAL_KEYS = {
  a: { answer: 'once', text: 'approve once' },
  r: { answer: 'remember', text: 'approve this exact call for a while' },
  d: { answer: 'deny', text: 'deny' },
  p: { answer: 'pause', text: 'deny and pause' },
} as const;

export const APPROVAL_HINT = Object.entries(APPROVAL_KEYS)
  .map(([key, { text }]) => `${key} ${text}`)
  .join(' · ');

/** All of it, however long: what is not shown cannot be approved. Whoever asks has written most of it, so nothing of it steers the terminal. */
export function renderApproval(approval: ShownApproval): string {
  const until = new Date(approval.until).toTimeString().slice(0, 8);
  return [
    `${approvalTitle(approval)} (until ${until})`,
    ...argumentLines(approval.arguments),
    `  class ${approval.class}, by ${plainText(approval.rule)}`,
    ...approval.commands.map((found) => `  - ${found.class}: ${oneLine(found.text)} (${plainText(found.reason)})`),
    '',
  ].join('\n');
}

/** `ci-bot (credential c_1) asks for run_command on web-1` */
export function approvalTitle(approval: ShownApproval): string {
  return `${askerText(approval)} asks for ${approval.tool}${serversText(approval.servers)}`;
}

function askerText({ principal }: ShownApproval): string {
  return principal ? `${plainText(principal.label)} (${principal.kind} ${plainText(principal.id)})` : 'You';
}

function serversText(servers: readonly string[]): string {
  if (servers.length === 0) return '';
  const times = new Map<string, number>();
  for (const server of servers) times.set(server, (times.get(server) ?? 0) + 1);
  const named = [...times].map(([name, count]) => (count === 1 ? name : `${name} (${count} times)`));
  return ` on ${named.join(', ')}`;
}

/** Lines of a text stand below each other behind a bar, so that none of them can pose as ours. */
function argumentLines(input: ShownApproval['arguments']): string[] {
  return Object.entries(input)
    .filter(([, value]) => value !== undefined)
    .flatMap(([name, value]) => {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      return [`  ${plainText(name)}:`, ...text.split('\n').map((line) => `  | ${plainText(line)}`)];
    });
}

function oneLine(text: string): string {
  return plainText(text.replaceAll('\n', ' ⏎ '));
}
