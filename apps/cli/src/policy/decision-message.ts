import type { JudgedCall } from './decide.ts';
import type { PolicyDecision } from './policy.ts';

/** Commands that a message names, and most characters of each and of its reason: who asked has them all, and pays for what is read. */
const MOST_NAMED = 3;
const TEXT = 80;
const REASON = 120;

const SENTENCES: Readonly<Record<PolicyDecision['decision'], string>> = {
  allow: "The operator's policy allows this",
  ask: 'The operator has to approve this',
  deny: "The operator's policy denies this",
};

const cut = (text: string, length: number) =>
  text.length > length ? `${text.slice(0, length - 1).toWellFormed()}…` : text;

/** What made the call as bad as it is, by name. */
function culprits(call: JudgedCall): string[] {
  return call.commands.flatMap((command) => {
    const { sudo, verdict } = command;
    if (verdict.class !== call.class) return sudo && call.class === 'privileged' ? ['it runs by sudo'] : [];
    const found = verdict.commands.filter((one) => one.class === verdict.class);
    if (found.length === 0) return [cut(verdict.reason, REASON)];
    return found.map(({ text, reason }) => `${JSON.stringify(cut(text, TEXT))}, ${cut(reason, REASON)}`);
  });
}

function whatIsIn(call: JudgedCall): string {
  if (call.commands.length === 0) return `${call.tool} is ${call.class}`;
  if (call.class === 'read-only') return 'read-only';
  const named = [...new Set(culprits(call))];
  const more = named.length > MOST_NAMED ? `; and ${named.length - MOST_NAMED} more` : '';
  return `${call.class}: ${named.slice(0, MOST_NAMED).join('; ')}${more}`;
}

/** Short public sentences for a model: what was decided, by which rule, and the commands that are the reason. */
export function decisionMessage(
  call: JudgedCall,
  { decision, rule }: Pick<PolicyDecision, 'decision' | 'rule'>,
  ownWords: string | undefined,
): string {
  const own = ownWords === undefined ? '' : ` ${ownWords}`;
  return `${SENTENCES[decision]} (rule ${rule}; ${whatIsIn(call)}).${own}`;
}
