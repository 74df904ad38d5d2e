import { expect, it } from '@jest/globals';
import { Redactor } from '../redaction/redactor.ts';
import { CallAudit } from './call-audit.ts';
import { entryLine, sha256 } from './audit-entry.ts';
import { MemoryAudit } from './testing/memory-audit.ts';

const redactor = new Redactor(() => ({ highEntropy: false, patterns: [] }));
const SECRET = ['hunter', '2hunter'].join('');

function shownOf(payload: Record<string, unknown>, argumentChars = 200): string | null | undefined {
  const audit = new MemoryAudit();
  const clean = (value: typeof payload) => redactor.redactJson(value).value;
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

it('shows none where nothing could take the secrets out', () => {
  const audit = new MemoryAudit();
  const calls = new CallAudit({ audit, clean: undefined, argumentChars: 100, warn: () => undefined });
  calls.recordDecided({ requestId: 'r', payload: { command: 'uptime' } }, {});
  expect(audit.events).toMatchObject([{ data: { arguments: { shown: null } } }]);
});
