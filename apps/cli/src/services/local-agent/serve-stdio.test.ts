import { PassThrough, Writable } from 'node:stream';
import { expect, it } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import { readEnvironment } from '../../session/environment.ts';
import { openSession } from '../../session/session.ts';
import { serveAgent, type ServingExecutor } from './serve-stdio.ts';

/** Nothing is called. */
const IDLE = { manifest: async () => ({ tools: [], servers: [] }), servers: () => [] } as unknown as ServingExecutor;

const clientInfo = { name: 'test', version: '1.0.0' };
const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
const GREETING = `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params })}\n`;

const open = (): Writable => new PassThrough();
const broken = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done(new Error('write EPIPE')) });

it.each<[string, () => Writable, (input: PassThrough) => unknown]>([
  ['closes what it writes to', open, (input) => input.end()],
  ['reads no longer', broken, () => undefined],
  ['sends a message without end', open, (input) => input.write(Buffer.alloc(11 * 1024 * 1024, 'x'))],
])('ends when the program of the agent %s', async (_, outputOf, end) => {
  const folder = await temporaryFolder();
  const environment = readEnvironment({ SERVONAUT_CONFIG_DIR: folder, SERVONAUT_STATE_DIR: folder });
  const input = new PassThrough();
  const served = serveAgent({
    session: openSession('test', environment),
    executor: IDLE,
    agentId: 'local',
    version: '1.0.0',
    report: () => undefined,
    input,
    output: outputOf(),
    stop: new AbortController().signal,
  });
  input.write(GREETING);
  end(input);
  await expect(served).resolves.toBeUndefined();
});
