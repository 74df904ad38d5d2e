import { describe, expect, it } from '@jest/globals';
import {
  ERROR_CODES,
  errorRow,
  OUTCOMES,
  ServonautError,
  toolAnswerSchema,
  type CommandResultInput,
} from '@servonaut/contracts';
import { aLegacyCommandResult } from '@servonaut/testkit';
import type { ShownRequest } from '../shown-request.ts';
import { aShownRequest } from '../testing/a-shown-request.ts';
import { answerLookup, answerRefusal, answerRequest, type ToolResult } from './tool-answer.ts';

const LIMIT = { length: 1_000, bytes: null };
const ID = '0190a0a0-0000-7000-8000-000000000001';

const text = ({ content }: ToolResult) => content[0]!.text;
const only = ({ structuredContent }: ToolResult) => structuredContent.results[0]!;

function answer(given: Partial<ShownRequest> = {}, result: Partial<CommandResultInput> = {}): ToolResult {
  return answerRequest(aShownRequest({ requestId: ID, ...given }, result), LIMIT);
}

/** A view without a result. */
function ended(given: Partial<ShownRequest>): ShownRequest {
  const { result: _result, ...view } = aShownRequest({ requestId: ID, ...given });
  return view;
}

describe('the answer to a command that ran', () => {
  it('is one line of facts and the output', () => {
    expect(text(answer())).toBe('web-1 | exit 0 | 12 ms\nok');
    expect(answer().isError).toBe(false);
  });

  it('is no error when the command exits with another code than 0', () => {
    const result = answer(
      { outcome: 'failed' },
      { status: 'error', exit_code: 2, stdout: '', stderr: 'no such file\n' },
    );
    expect(text(result)).toBe('web-1 | exit 2 | 12 ms\n[stderr]\nno such file');
    expect(result).toMatchObject({
      isError: false,
      structuredContent: { results: [{ status: 'failed', exit_code: 2 }] },
    });
    expect(only(result)).not.toHaveProperty('error');
  });

  it('tells when it was where, aside from what a model reads', () => {
    const instants = { taken: 1, published: 2, received: 3, started: 4, ended: 5, answered: 6 };
    const result = answer({ instants });
    expect(result._meta).toEqual({ 'servonaut/instants': instants });
    expect(result.structuredContent).toEqual(answer().structuredContent);
    expect(answer()).not.toHaveProperty('_meta');
  });

  it('names the signal that ended it', () => {
    const result = answer({ outcome: 'failed' }, { status: 'error', exit_code: null, signal: 'KILL', stdout: '' });
    expect(text(result)).toBe('web-1 | killed by KILL | 12 ms');
  });

  it('keeps head and tail of long output, in text and structure alike, and says how much there was', () => {
    const result = answer(
      {},
      { stdout: `${'a'.repeat(5_000)}${'z'.repeat(5_000)}`, stdout_bytes: 104_857_600, truncated: true },
    );
    expect(text(result)).toMatch(/a{500}\n\[\.\.\. 9000 characters left out, from offset 500 \.\.\.\]\nz{500}/);
    expect(text(result)).toContain('stdout was 104857600 bytes');
    expect(text(result)).toContain(only(result).stdout);
    expect(only(result).truncated).toBe(true);
  });

  it('tells how to read the rest where the whole of it is kept', () => {
    const long = { stdout: 'a'.repeat(5_000), stdout_bytes: 5_000, output_kept: true } as const;
    expect(text(answer({}, long))).toContain(
      `stdout was 5000 bytes; read_output with the server and request_id ${ID} shows the rest (offset, tail or grep)`,
    );
    expect(only(answer({}, long)).output_kept).toBe(true);
    const lost = text(answer({}, { ...long, output_kept: false }));
    expect(lost).toContain('could not be kept; narrow it');
    expect(text(answer({}, { stdout: 'a'.repeat(5_000) }))).not.toContain('read_output');
    expect(text(answer({}, { stdout: 'short', output_kept: true }))).not.toContain('read_output');
  });

  it('says how many secrets of which kind did not leave the executor', () => {
    const redactions = { 'aws-secret-access-key': 2, jwt: 1 };
    const result = answer({}, { stdout: 'key [redacted: aws-secret-access-key]\n', redactions });
    expect(text(result)).toMatch(/\n\[redacted: aws-secret-access-key × 2, jwt × 1\]$/);
    expect(only(result).redactions).toEqual(redactions);
  });

  it('says that output is binary', () => {
    const result = answer({}, { stdout: '', binary: true, stdout_bytes: 512 });
    expect(text(result)).toContain('binary (512 bytes)');
  });

  it('reads the five fields of an older executor', () => {
    const result = answer({ result: aLegacyCommandResult({ request_id: ID, output: 'Linux web-1\n' }) });
    expect(text(result)).toBe('web-1 | succeeded | 4 ms\nLinux web-1');
    expect(only(result)).toMatchObject({ stdout: 'Linux web-1\n', exit_code: null });
  });

  it('shows the words of a tool that has data, and the data as structure', () => {
    const view = aShownRequest(
      { tool: 'list_servers', server: null },
      { output: 'web-1 (role=web)\n', data: { servers: ['web-1'] } },
    );
    const { stdout: _out, stderr: _err, exit_code: _code, ...result } = view.result!;
    const shown = answerRequest({ ...view, result }, LIMIT);
    expect(text(shown)).toBe('list_servers | succeeded | 12 ms\nweb-1 (role=web)');
    expect(only(shown)).toMatchObject({ server: null, stdout: '', data: { servers: ['web-1'] } });
  });
});

describe('the answer to a command that did not run to its end', () => {
  it('passes on code, rule and message of the executor that rejected it', () => {
    const result = answer(
      { outcome: 'rejected' },
      {
        status: 'rejected',
        error_code: 'policy_denied',
        error_message: 'rm is forbidden on db.',
        rule: 'db.readonly',
        exit_code: null,
        stdout: '',
      },
    );
    expect(result.isError).toBe(true);
    expect(only(result)).toMatchObject({
      rule: 'db.readonly',
      error: { code: 'policy_denied', message: 'rm is forbidden on db.' },
    });
    expect(text(result)).toBe(
      `web-1 | rejected (policy_denied) | 12 ms\nrm is forbidden on db.\nRule: db.readonly\nNext: Ask the operator; the message names the rule.\nRequest: ${ID}`,
    );
  });

  it.each([
    ['policy_denied', 'no-databases', 'The operator does not allow this.'],
    ['approval_declined', undefined, 'The operator was asked for this and declined it; nothing was run.'],
    [
      'approval_unavailable',
      undefined,
      "This needs the operator's approval and nobody is there to give it; nothing was run.",
    ],
    ['approval_expired', undefined, 'The operator did not answer in time whether this may run; nothing was run.'],
    ['approval_stale', undefined, 'What the operator approved is no longer what would run; nothing was run.'],
  ] as const)('says by which rule, as what and what to do next: %s', (code, rule, sentence) => {
    const policy = { class: 'mutating', rule: rule ?? 'level' } as const;
    const result = answer(
      { outcome: 'rejected' },
      { status: 'rejected', error_code: code, rule, policy, exit_code: null, stdout: '' },
    );
    expect(only(result)).toMatchObject({ policy, error: { code } });
    const [headline, said, ruled, next] = text(result).split('\n');
    expect([headline, said]).toEqual([`web-1 | rejected (${code}) | 12 ms`, sentence]);
    expect([ruled, next]).toEqual([`Rule: ${policy.rule} (the call is mutating)`, `Next: ${errorRow(code).nextStep}`]);
  });

  it('says that the executor is paused, and names no rule that has nothing to do with it', () => {
    const stopped = { status: 'error', error_code: 'executor_paused', exit_code: null, stdout: '' } as const;
    const result = answer({ outcome: 'cancelled' }, { ...stopped, policy: { class: 'read-only', rule: 'level' } });
    expect(text(result)).toMatch(/^web-1 \| cancelled \(executor_paused\)[^]*do not look for another way/);
    expect(text(result)).not.toContain('Rule');
  });

  it('shows what a command wrote before it was stopped', () => {
    const result = answer({ outcome: 'timed_out' }, { status: 'timeout', exit_code: null, stdout: 'half' });
    expect(text(result)).toMatch(/^web-1 \| timed_out \(timed_out\)[^]*Next: Ask for a longer[^]*\nhalf$/);
  });

  it('names the way to what is kept of the output where nobody knows how it ended', () => {
    const lost = {
      status: 'error',
      error_code: 'outcome_unknown',
      output: '',
      truncated: true,
      output_kept: true,
    } as const;
    const result = answer({ outcome: 'unknown' }, { ...lost, stdout: '', exit_code: null });
    expect(text(result)).toMatch(
      new RegExp(`\\[the output is not shown.*; read_output with the server and request_id ${ID} shows`),
    );
    expect(only(result)).toMatchObject({ status: 'unknown', output_kept: true });
  });

  it('is an error when the tool could not run', () => {
    const failed = { status: 'error', error_code: 'server_unreachable', exit_code: null, stdout: '' } as const;
    expect(answer({ outcome: 'failed' }, failed)).toMatchObject({
      isError: true,
      structuredContent: { results: [{ error: { retryable: true } }] },
    });
  });

  it('is an error when an older executor says so without an exit code', () => {
    const result = aLegacyCommandResult({
      request_id: ID,
      status: 'error',
      output: '',
      error_message: 'Connection refused',
    });
    expect(only(answer({ outcome: 'failed', result }))).toMatchObject({
      error: { code: 'tool_failed', message: 'Connection refused' },
    });
  });

  it('repeats what the relay says when there is no result', () => {
    const error = {
      code: 'outcome_unknown',
      message: 'It fell silent.',
      next_step: 'Look.',
      retryable: false,
    } as const;
    const result = answerRequest(ended({ outcome: 'unknown', error }), LIMIT);
    expect(only(result)).toMatchObject({ status: 'unknown', error });
    expect(text(result)).toContain('It fell silent.\nNext: Look.');
  });

  it.each(OUTCOMES.filter((outcome) => outcome !== 'succeeded'))(
    'is an error for %s even when nobody says why',
    (outcome) => {
      expect(answerRequest(ended({ outcome }), LIMIT).isError).toBe(true);
    },
  );
});

describe('the answer to a call that was refused', () => {
  it.each([
    ['executor_offline', 'not_delivered'],
    ['relay_unavailable', 'not_delivered'],
    ['not_entitled', 'rejected'],
    ['unknown_server', 'rejected'],
    ['internal', 'unknown'],
  ] as const)('%s is %s', (code, status) => {
    expect(answerRefusal(new ServonautError(code), 'web-1')).toMatchObject({
      isError: true,
      structuredContent: { request_id: null, results: [{ server: 'web-1', status, error: { code } }] },
    });
  });

  it('carries public facts and no private detail', () => {
    const error = new ServonautError('executor_offline', {
      detail: 'at 10.0.0.7',
      facts: { last_seen_at: '2026-01-02T03:04:05Z' },
    });
    const json = JSON.stringify(answerRefusal(error));
    expect(json).toContain('last_seen_at');
    expect(json).not.toContain('10.0.0.7');
  });

  it('does not repeat a name that cannot be one of a server', () => {
    expect(only(answerRefusal(new ServonautError('unknown_server'), 'web 1\n; rm')).server).toBeNull();
  });
});

describe('the answer to a question about a request', () => {
  it('tells that it has not ended, and is no error', () => {
    const { outcome: _outcome, ...view } = ended({ state: 'started' });
    const result = answerLookup(view, LIMIT);
    expect(text(result)).toBe(
      `Request ${ID} (run_command): started, not ended yet. Call get_request again later; do not repeat the call.`,
    );
    expect(result).toMatchObject({ isError: false, structuredContent: { results: [{ status: 'pending' }] } });
  });

  it('tells that it waits for the operator, until when, and not that it runs', () => {
    const { outcome: _outcome, ...view } = ended({ state: 'awaiting_approval' });
    const result = answerLookup({ ...view, approvalUntil: '2026-11-22T16:45:10.400Z' }, LIMIT);
    expect(text(result)).toBe(
      `Request ${ID} (run_command): waits for the operator's approval, until 16:45:10Z; nothing of it has run yet. Call get_request again later; do not repeat the call.`,
    );
    expect(only(result)).toMatchObject({ status: 'pending', approval_until: '2026-11-22T16:45:10.400Z' });
  });

  it('tells how it ended, and is no error even when the request was one', () => {
    const result = answerLookup(ended({ outcome: 'cancelled' }), LIMIT);
    expect(text(result)).toMatch(/^Request .*: cancelled\nweb-1 \| cancelled \(request_cancelled\)/);
    expect(result.isError).toBe(false);
  });
});

it('has the shape that tools/list promises, whatever happened', () => {
  const answers = [
    answer(),
    answer(
      { outcome: 'failed' },
      {
        status: 'error',
        exit_code: 1,
        signal: 'TERM',
        rule: 'r',
        policy: { class: 'forbidden', rule: 'r' },
        redactions: { 'private-key': 2 },
        timings: { exec: 1 },
        data: { a: 1 },
        binary: false,
      },
    ),
    ...OUTCOMES.map((outcome) => answerLookup(ended({ outcome }), LIMIT)),
    ...ERROR_CODES.map((code) => answerRefusal(new ServonautError(code, { facts: { a: 1 } }), 'web-1')),
  ];
  for (const { structuredContent } of answers)
    expect(toolAnswerSchema.strict().safeParse(structuredContent).error).toBeUndefined();
});

describe('the most bytes that an agent is shown of one call', () => {
  const BYTES = 1_024;
  const LEFT_OUT = /\n\[\.\.\. \d+ characters left out(?:, from offset \d+)? \.\.\.\]\n/g;
  const size = (shown: string) => Buffer.byteLength(shown.replace(LEFT_OUT, ''));
  const bounded = (given: Partial<ShownRequest>, result: Partial<CommandResultInput>) =>
    answerRequest(aShownRequest({ requestId: ID, ...given }, result), { length: 60_000, bytes: BYTES });

  it('are those of its data and its streams together', () => {
    const data = { log: 'd'.repeat(1_000) };
    const result = { data, stdout: 'o'.repeat(1_024), stderr: 'e'.repeat(5_000), output: 'W'.repeat(5_000) };
    const shown = bounded({}, result);
    const { stdout, stderr, data: kept, truncated } = only(shown);
    expect(size(stdout) + size(stderr) + size(JSON.stringify(kept))).toBeLessThanOrEqual(BYTES);
    expect([kept, truncated]).toEqual([data, true]);
    expect(text(shown).match(/W/g)!.length).toBeLessThanOrEqual(BYTES);
  });

  it('are the streams alone where the data has no room', () => {
    const { stdout, data } = only(bounded({}, { data: { log: 'd'.repeat(2_000) }, stdout: 'o'.repeat(900) }));
    expect([stdout.length, data]).toEqual([900, undefined]);
  });

  it('have room for what the executor says of an error first', () => {
    const result = { status: 'error', error_message: 'm'.repeat(1_000), stdout: 'o'.repeat(5_000) } as const;
    const shown = bounded({ outcome: 'failed' }, { ...result, error_code: 'tool_failed' });
    const { error, stdout } = only(shown);
    expect(error!.message).toBe(result.error_message);
    expect(size(stdout)).toBeLessThanOrEqual(24);
    const long = bounded(
      { outcome: 'failed' },
      { ...result, error_code: 'tool_failed', error_message: 'é'.repeat(4_000) },
    );
    expect(size(only(long).error!.message)).toBe(BYTES);
    expect(size(only(long).stdout)).toBe(0);
    const relayed = { code: 'tool_failed', message: 'é'.repeat(4_000), next_step: 'Look.', retryable: false } as const;
    const told = bounded({ outcome: 'failed', error: relayed }, { ...result, error_message: relayed.message });
    expect(size(only(told).error!.message)).toBe(BYTES);
  });
});
