import { expect, it } from '@jest/globals';
import { Redactor } from '../redaction/redactor.ts';
import { CallAudit } from './call-audit.ts';
import { entryLine, sha256 } from './audit-entry.ts';
import { recordPause } from './operator-events.ts';
import { MemoryAudit } from './testing/memory-audit.ts';

const redactor = new Redactor(() => ({ highEntropy: false, patterns: [] }));
const SECRET = ['hunter', '2hunter'].join('');

function shownOf(payload: Record<string, unknown>, argumentChars = 200): string | null | undefined {
  const audit = new MemoryAudit();
  const clean = <Value>(value: Value): Value => redactor.redactJson(value).value;
  const calls = new CallAudit({ audit, clean, argumentChars, warn: () => undefined });
  calls.recordDecided({ requestId: 'r', tool: 'run_command', server: null, payload }, {});
  const [event] = audit.events;
  if (event?.kind !== 'call.decided') throw new Error('it is not recorded');
  expect(event.data.arguments.sha256).toBe(sha256(JSON.stringify(payload)));
  // Whatever it is, it has a form to be hashed in.
  entryLine('', {
    v: 1,
    seq: 1,
    at: '2026-11-22T10:00:00.000Z',
    kind: event.kind,
    request_id: 'r',
    data: event.data as never,
  });
  return event.data.arguments.shown;
}

it('shows arguments without what is secret in them', () => {
  const shown = shownOf({ command: `mysql --password=${SECRET}`, env: { DB_PASSWORD: SECRET } });
  expect(shown).not.toContain(SECRET);
  expect(shown).toContain('mysql');
});

it('cuts long ones after the secrets are out, and not within a character', () => {
  expect(shownOf({ command: `${'x'.repeat(180)} redis://:${SECRET}@cache ${'y'.repeat(500)}` })).not.toContain(
    'hunter',
  );
  expect(shownOf({ command: '😀'.repeat(20) }, 14)).toBe('{"command":"😀[... 40 characters more]');
});

it('takes text that has no UTF-8', () => expect(shownOf({ command: '\ud800' })).toBe('{"command":"\\ud800"}'));

it('takes secrets out of all that others have written: of its names, and of the reason of a pause', () => {
  const audit = new MemoryAudit();
  const clean = <Value>(value: Value): Value => redactor.redactJson(value).value;
  const calls = new CallAudit({ audit, clean, argumentChars: 100, warn: () => undefined });
  const url = `redis://:${SECRET}@cache`;
  const principal = { kind: 'user', id: 'u', label: url } as never;
  const call = { requestId: 'r', tool: url, server: url, principal };
  calls.recordDecided({ ...call, payload: {} }, { refused: 'unknown_tool' });
  calls.recordEnd(call, { status: 'error' } as never, '{"a":1}');
  recordPause(audit, { since: undefined, reason: url }, clean, () => undefined);
  expect(audit.events).toHaveLength(3);
  for (const event of audit.events) expect(JSON.stringify(event)).toMatch(/^(?!.*hunter).*redacted/);
});
