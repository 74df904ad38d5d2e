import { chmodSync, existsSync, mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolder } from '@servonaut/testkit';
import { ControlFolder } from './control-folder.ts';

const LONG_AGO = new Date(0);

describe('the folder of control sockets', () => {
  it('is for its owner alone, whatever it was before', async () => {
    const wanted = join(await temporaryFolder(), 'a', 'control');
    mkdirSync(wanted, { recursive: true });
    chmodSync(wanted, 0o777);
    const path = await new ControlFolder(wanted).newSocket();
    expect(dirname(path)).toBe(wanted);
    expect(statSync(wanted).mode & 0o777).toBe(0o700);
  });

  it.each([
    ['is too long for a socket', (folder: string) => join(folder, 'x'.repeat(80))],
    ['holds what ssh takes for a token', (folder: string) => join(folder, '%h')],
    ['holds spaces', (folder: string) => join(folder, 'my files')],
  ])('is a fresh one of the system where the wanted path %s, and goes with its shell', async (_, path) => {
    const folder = new ControlFolder(path(await temporaryFolder()));
    const fresh = dirname(await folder.newSocket());
    expect(dirname(await folder.newSocket())).toBe(fresh);
    expect(fresh.length).toBeLessThan(60);
    expect(statSync(fresh).mode & 0o777).toBe(0o700);
    folder.close();
    expect(existsSync(fresh)).toBe(false);
  });

  it('is rid of sockets that nobody listens on any more, and of no others', async () => {
    const wanted = await temporaryFolder();
    const paths = { abandoned: join(wanted, 'abandoned'), young: join(wanted, 'young'), used: join(wanted, 'used') };
    const server = createServer().listen(paths.used);
    await once(server, 'listening');
    for (const path of [paths.abandoned, paths.young]) writeFileSync(path, '');
    for (const path of [paths.abandoned, paths.used]) utimesSync(path, LONG_AGO, LONG_AGO);
    await new ControlFolder(wanted).newSocket();
    expect(Object.values(paths).map((path) => existsSync(path))).toEqual([false, true, true]);
    server.close();
  });
});
