import { expect, it } from '@jest/globals';
import type { RedactionWishes } from '../policy/policy.ts';
import { Redactor } from './redactor.ts';

it("asks for the operator's wishes once for all that is cleaned in one go, and anew for what comes later", async () => {
  let wishes: RedactionWishes = { highEntropy: false, patterns: [] };
  let asked = 0;
  const redactor = new Redactor(() => {
    asked += 1;
    return wishes;
  });
  for (const text of ['of room-1', 'of room-2']) expect(redactor.redact(text).text).toBe(text);
  expect(asked).toBe(1);
  await Promise.resolve();
  wishes = { highEntropy: false, patterns: [{ name: 'room', pattern: 'room-\\d' }] };
  expect(redactor.redact('of room-1').text).toBe('of [redacted: room]');
  expect(asked).toBe(2);
});
