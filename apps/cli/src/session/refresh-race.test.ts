import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Credentials } from './credentials.ts';
import { FileTokenStore } from './file-token-store.ts';
import { OauthClient } from './oauth-client.ts';
import { TestAuthorizationServer } from './testing/authorization-server.ts';

const ROUNDS = 100;

/** Renews on each line that it is sent, and says what came of it. */
const SCRIPT = `
  import { createInterface } from 'node:readline';
  const { profileTokens } = await import(process.argv[1]);
  const [paths, credentials] = JSON.parse(process.argv[2]);
  const tokens = profileTokens(paths, credentials, console.error);
  await tokens.current();
  console.log('ready');
  for await (const _ of createInterface({ input: process.stdin }))
    console.log(await tokens.renewed(await tokens.current()).catch((error) => error.code));`;

describe('two processes of one profile', () => {
  let folder: string;
  let server: TestAuthorizationServer;
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'servonaut-race-'));
    server = await TestAuthorizationServer.start();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const signIn = async (): Promise<Partial<Credentials>> => {
    const device = await new OauthClient(server.url).beginDeviceLogin('relay:connect');
    await server.confirm(device.code);
    const session = randomUUID();
    await new FileTokenStore({ configDir: folder }).save({ session, ...(await device.tokens()) });
    return { url: server.url, sign_in: { session, tokens_in: 'file' } };
  };

  /** What each remembers is its own; what they share is the configuration, and in it the tokens. */
  const aProcess = async (credentials: unknown, name: string) => {
    const source = new URL('profile-tokens.ts', import.meta.url).href;
    const flags = ['--conditions=@servonaut/source', '--input-type=module', '-e', SCRIPT];
    const args = [
      ...flags,
      source,
      JSON.stringify([{ name: 'test', configDir: folder, stateDir: join(folder, name) }, credentials]),
    ];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(child);
    const lines = createInterface({ input: child.stdout });
    await once(lines, 'line');
    return async (): Promise<string> => {
      child.stdin.write('renew\n');
      const [line] = (await once(lines, 'line')) as [string];
      return line;
    };
  };

  it('that refresh at the same moment, a hundred times, both stay signed in', async () => {
    const credentials = await signIn();
    const [one, other] = await Promise.all([aProcess(credentials, 'one'), aProcess(credentials, 'other')]);
    for (let round = 1; round <= ROUNDS; round += 1) {
      const [mine, yours] = await Promise.all([one(), other()]);
      expect(mine).toMatch(/^ey/);
      expect(yours).toBe(mine);
    }
    expect(server.refreshes).toBe(ROUNDS);
  }, 120_000);
});
