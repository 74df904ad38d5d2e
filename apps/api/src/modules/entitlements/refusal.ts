import { ServonautError } from '@servonaut/contracts';
import { nameOfLimit } from './applied-rules.ts';
import { resetsAt, type CountWindow, type Repeats } from './counters/call-counters.ts';
import type { RuledCount } from './decide.ts';
import { whoChanges, whose, wordsOfGrantor, type Denial } from './denial.ts';

const PER: Record<CountWindow, string> = { per_day: 'a day', per_minute: 'a minute', concurrent: 'at the same time' };

/** What rules deny, whenever it is asked. */
export function notEntitled({ rule, message, nextStep, limit }: Denial): ServonautError {
  const facts = { rule, ...(limit !== undefined && { limit }) };
  return new ServonautError('not_entitled', { message: `${message} (rule: ${rule})`, nextStep, facts });
}

/** What may be called and has been called too often, until some instant. */
export function quotaExceeded({ window, limit, by }: RuledCount, at: number): ServonautError {
  const rule = nameOfLimit(by, window);
  if (by.level.grantor !== undefined) {
    const { message, nextStep } = wordsOfGrantor(by.level.grantor);
    return new ServonautError('quota_exceeded', { message: `${message} (rule: ${rule})`, nextStep, facts: { rule } });
  }
  const calls = `${limit} ${limit === 1 ? 'call' : 'calls'} of ${by.tool === '*' ? 'all tools together' : by.tool}`;
  const reset = resetsAt(window, at);
  const instant = reset === null ? null : new Date(reset).toISOString();
  return new ServonautError('quota_exceeded', {
    message: `${whose(by)} allows ${calls} ${PER[window]}, and none is left. (rule: ${rule})`,
    nextStep: `Wait ${instant === null ? 'for a running call to end' : `until ${instant}`}, or ask ${whoChanges(by)} to change it.`,
    facts: {
      rule,
      limit,
      remaining: 0,
      resets_at: instant,
      retry_after_seconds: reset === null ? 1 : Math.max(1, Math.ceil((reset - at) / 1_000)),
    },
  });
}

/** The breaker: an agent that makes the same call in a tight loop learns nothing new from it. */
export function repeatedCall(tool: string, { most, withinMs }: Repeats, waitMs: number): ServonautError {
  const [within, wait] = [withinMs / 1_000, Math.ceil(waitMs / 1_000)];
  return new ServonautError('repeated_call', {
    message: `${tool} was called with the same arguments more than ${most} times within ${within} s. (rule: breaker)`,
    nextStep: `Look at the answers that came. This call is taken again in ${wait} s; others are taken now.`,
    facts: { rule: 'breaker', limit: most, retry_after_seconds: wait },
  });
}
