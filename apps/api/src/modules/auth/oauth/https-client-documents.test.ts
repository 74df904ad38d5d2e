import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { requireProgram, temporaryFolder } from '@servonaut/testkit';
import { HttpsClientDocuments, type DocumentNetwork } from './https-client-documents.ts';

const execute = promisify(execFile);
const NEVER = new AbortController().signal;
const LOOPBACK = { address: '127.0.0.1', family: 4 };

/** A key and a certificate for the name `client.test`. */
async function certificate(): Promise<{ key: string; cert: string }> {
  const folder = await temporaryFolder();
  const files = { key: path.join(folder, 'key.pem'), cert: path.join(folder, 'cert.pem') };
  const what = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const whom = ['-subj', '/CN=client.test', '-addext', 'subjectAltName=DNS:client.test'];
  await execute(requireProgram('openssl'), [
    'req',
    '-x509',
    ...what,
    ...whom,
    '-keyout',
    files.key,
    '-out',
    files.cert,
  ]);
  return { key: await readFile(files.key, 'utf8'), cert: await readFile(files.cert, 'utf8') };
}

describe('the document of a client', () => {
  let server: Server;
  let address: string;
  let reachable: DocumentNetwork;
  const asked: { path: string | undefined; headers: object }[] = [];
  const looked: string[] = [];

  beforeAll(async () => {
    Logger.overrideLogger(false);
    const { key, cert } = await certificate();
    server = createServer({ key, cert }, (request, response) => {
      asked.push({ path: request.url, headers: request.headers });
      if (request.url === '/redirect') response.writeHead(302, { location: '/client' }).end();
      else if (request.url?.startsWith('/missing')) response.writeHead(404).end('{}');
      else if (request.url === '/large') response.end('x'.repeat(100_000));
      else if (request.url === '/endless') response.write('{');
      else if (request.url === '/client')
        response.writeHead(200, { 'cache-control': 'max-age=60', 'set-cookie': 'a=b' }).end('{"client_id":"x"}');
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    address = `https://client.test:${(server.address() as AddressInfo).port}`;
    const resolve = async (host: string) => {
      looked.push(host);
      return [LOOPBACK];
    };
    reachable = { resolve, mayConnect: () => true, ca: cert };
  }, 30_000);
  afterAll(() => {
    Logger.overrideLogger(['error', 'warn', 'log']);
    server.closeAllConnections();
    server.close();
  });

  const fetched = (url: string, network: DocumentNetwork = reachable, signal = NEVER) =>
    new HttpsClientDocuments(network).fetch(new URL(url), signal);
  const reasonFor = (url: string, network?: DocumentNetwork, signal?: AbortSignal) =>
    fetched(url, network, signal).then(
      () => 'fetched',
      ({ cause }: { cause: Error }) => cause.message,
    );

  it('comes with what says how long to keep it, and nothing else', async () => {
    const response = await fetched(`${address}/client`);
    expect([response.status, await response.json()]).toEqual([200, { client_id: 'x' }]);
    expect(response.headers.get('cache-control')).toBe('max-age=60');
    expect(response.headers.get('set-cookie')).toBeNull();
  });

  it('is asked for with nothing of ours', () => {
    expect(asked.at(-1)).toEqual({
      path: '/client',
      headers: {
        host: new URL(address).host,
        accept: 'application/json',
        'accept-encoding': 'identity',
        connection: 'close',
      },
    });
  });

  it('is looked up once, so that it comes from an address that was checked', () => {
    expect(looked).toEqual(['client.test']);
  });

  it.each([
    ['a redirect', '/redirect', 'status 302'],
    ['an error', '/missing', 'status 404'],
    ['a large body', '/large', 'larger than 5120 bytes'],
  ])('is not %s', async (_, where, reason) => {
    expect(await reasonFor(address + where)).toBe(reason);
  });

  it.each(['/silent', '/endless'])('is not waited for at %s for longer than the library does', async (where) => {
    expect(await reasonFor(address + where, reachable, AbortSignal.timeout(200))).toMatch(/abort/i);
  });

  it('is not waited for while its name is looked up', async () => {
    const hanging = { ...reachable, resolve: () => new Promise<never>(() => undefined) };
    expect(await reasonFor(`${address}/client`, hanging, AbortSignal.timeout(50))).toMatch(/abort/i);
    expect(await reasonFor(`${address}/client`, hanging, AbortSignal.abort())).toMatch(/abort/i);
  });

  it('needs a certificate for its name', async () => {
    const other = address.replace('client.test', 'other.test');
    expect(await reasonFor(`${other}/client`)).toMatch(/altnames/i);
  });

  describe('on the open internet', () => {
    let before: number;
    beforeAll(() => {
      before = asked.length;
    });
    const REFUSED = 'not on the open internet';
    const open = new HttpsClientDocuments();
    const reason = (url: string) =>
      open.fetch(new URL(url), NEVER).then(
        () => 'fetched',
        ({ cause }) => cause.message,
      );

    it.each([
      ['loopback', 'https://127.0.0.1/x'],
      ['a private address', 'https://10.0.0.1/x'],
      ['the metadata of a cloud', 'https://169.254.169.254/latest'],
      ['decimal loopback', 'https://2130706433/x'],
      ['hexadecimal loopback', 'https://0x7f.1/x'],
      ['octal loopback', 'https://0177.0.0.1/x'],
      ['IPv6 loopback', 'https://[::1]/x'],
      ['mapped loopback', 'https://[::ffff:127.0.0.1]/x'],
      ['NAT64', 'https://[64:ff9b::7f00:1]/x'],
      ['a name of loopback', 'https://localhost/x'],
      ['another port', 'https://8.8.8.8:8443/x'],
    ])('is not at %s', async (_, url) => {
      expect(await reason(url)).toBe(REFUSED);
    });

    it.each(['http://8.8.8.8/x', 'https://user:password@8.8.8.8/x'])('is not at %s', async (url) => {
      expect(await reason(url)).toBe('not an https address without a user');
    });

    it('is not at a name one of whose addresses is private', async () => {
      const both = [{ address: '8.8.8.8', family: 4 }, LOOPBACK];
      const mayConnect = (to: string) => to !== LOOPBACK.address;
      expect(await reasonFor(`${address}/client`, { ...reachable, resolve: async () => both, mayConnect })).toBe(
        REFUSED,
      );
      expect(await reasonFor(`${address}/client`, { ...reachable, resolve: async () => [] })).toBe(REFUSED);
    });

    it('has been asked for nowhere', () => {
      expect(asked).toHaveLength(before);
    });
  });

  it('leaves in the log where it was not found, and no more of the address', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn');
    await reasonFor(`${address}/missing?secret=x`);
    expect(warn.mock.calls).toEqual([[`no document from ${new URL(address).host}: status 404`]]);
    warn.mockRestore();
  });
});
