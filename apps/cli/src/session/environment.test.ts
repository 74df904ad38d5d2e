import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runSsh } from '../inventory/ssh-program.ts';
import { openProxyCommand } from '../ssh/route/proxy-command.ts';
import { readEnvironment } from './environment.ts';

const TIMEOUT_MS = 20_000;

describe('what starts commands of the operator has their environment, and no secret of ours:', () => {
  beforeAll(() => {
    process.env['SERVONAUT_TOKEN'] = 'not-for-others';
    process.env['THEIR_OWN'] = 'for them';
  });
  afterAll(() => {
    delete process.env['SERVONAUT_TOKEN'];
    delete process.env['THEIR_OWN'];
  });

  it.each<[string, () => Promise<string | undefined>]>([
    ['ssh that is asked, and Match exec', async () => (await runSsh('/bin/sh', ['-c', 'env'], TIMEOUT_MS))?.stdout],
    ['a ProxyCommand', async () => proxyOutput('env; exec cat')],
    ['an inventory source', () => Promise.resolve(JSON.stringify(readEnvironment().variables))],
  ])('%s', async (_, environment) => {
    const text = await environment();
    expect(text).toContain('for them');
    expect(text).not.toContain('not-for-others');
  });
});

/** Until the command ends with its input. */
async function proxyOutput(command: string): Promise<string> {
  const stream = openProxyCommand('web-1', `sh -c '${command}'`);
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.end();
  await new Promise((resolve) => stream.once('error', resolve));
  return Buffer.concat(chunks).toString();
}
