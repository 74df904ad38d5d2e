import { createInterface } from 'node:readline';
import { PassThrough, Writable, type Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import type { Report } from '../../relay/relay-event.ts';
import { readEnvironment } from '../../session/environment.ts';
import { openSession } from '../../session/session.ts';
import { serveAgent, type ServingExecutor } from './serve-stdio.ts';

/** Nothing is called. */
const IDLE = { manifest: async () => ({ tools: [], servers: [] }), servers: () => [] } as unknown as ServingExecutor;

const clientInfo = { name: 'test', version: '1.0.0' };
const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
const GREETING = `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params })}\n`;

const readline = (input: Readable) => createInterface({ input })[Symbol.asyncIterator]();
const open = (): Writable => new PassThrough();
const broken = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done(new Error('write EPIPE')) });

async function serve(output: Writable, input: PassThrough, report: Report = () => undefined): Promise<void> {
  const folder = await temporaryFolder();
  const environment = readEnvironment({ SERVONAUT_CONFIG_DIR: folder, SERVONAUT_STATE_DIR: folder });
  const session = openSession('test', environment);
  const stop = new AbortController().signal;
  await serveAgent({ session, executor: IDLE, agentId: 'local', version: '1.0.0', report, input, output, stop });
}

it.each<[string, () => Writable, (input: PassThrough) => unknown]>([
  ['closes what it writes to', open, (input) => input.end()],
  ['reads no longer', broken, () => undefined],
  ['sends a message without end', open, (input) => input.write(Buffer.alloc(11 * 1024 * 1024, 'x'))],
])('ends when the program of the agent %s', async (_, outputOf, end) => {
  const input = new PassThrough();
  const served = serve(outputOf(), input);
  input.write(GREETING);
  end(input);
  await expect(served).resolves.toBeUndefined();
});

describe('a line that cannot be served', () => {
  const meta = { code: -32_600, data: { code: 'invalid_request' } };
  it.each<[string, string, object]>([
    [
      'is no JSON',
      '{"jsonrpc":"2.0","id":2,',
      { id: null, error: { code: -32_700, data: { code: 'malformed_json' } } },
    ],
    ['is a batch', '[]', { id: null, error: meta }],
    ['is no message', '{"id":2,"method":"ping"}', { id: 2, error: meta }],
    ['has an id that is none', '{"jsonrpc":"2.0","id":null,"method":"ping"}', { id: null, error: meta }],
    [
      'has parameters that are none',
      '{"jsonrpc":"2.0","id":2,"method":"ping","params":[]}',
      { id: 2, error: { code: -32_602 } },
    ],
    [
      'calls a tool without a name',
      '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":3}}',
      { id: 2, error: { code: -32_602, data: { code: 'invalid_request' } } },
    ],
  ])('is answered when it %s, and the next is served', async (_, line, answer) => {
    const [input, output, warnings] = [new PassThrough(), new PassThrough(), [] as unknown[]];
    const served = serve(output, input, (event) => void warnings.push(event));
    const answers = readline(output);
    const next = async () => JSON.parse((await answers.next()).value ?? '') as object;
    input.write(GREETING);
    expect(await next()).toMatchObject({ id: 1, result: {} });
    // In two pieces, as a pipe may bring it, with what an editor leaves at the end of lines.
    input.write(line.slice(0, 1));
    await turn();
    input.write(`${line.slice(1)}\r\n\n{"jsonrpc":"2.0","id":"next","method":"ping"}\n`);
    expect(await next()).toMatchObject({ jsonrpc: '2.0', ...answer });
    expect(await next()).toEqual({ jsonrpc: '2.0', id: 'next', result: {} });
    input.end();
    await served;
    expect(warnings).toEqual([]);
  });
});
