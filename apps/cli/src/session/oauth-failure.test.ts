import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OauthClient } from './oauth-client.ts';

describe('what answers a sign-in', () => {
  let server: Server;
  let answer: RequestListener;
  let client: OauthClient;
  const issuer = (address: string): void => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ issuer: address, token_endpoint: `${address}/oauth/token` }));
    };
  };

  beforeEach(async () => {
    server = createServer((request, response) => answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    client = new OauthClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const login = () => client.beginDeviceLogin('relay:connect');

  it('may name another address, which is for the reader to believe', async () => {
    issuer('https://new.example:8443');
    await expect(login()).rejects.toMatchObject({
      code: 'config_invalid',
      message: 'What answers at this URL says that its address is https://new.example:8443.',
      nextStep: expect.stringMatching(
        /^If you know that to be your coordinator, use --url https:\/\/new\.example:8443;/,
      ),
    });
  });

  it('ends a sign-in that was at another address', async () => {
    issuer('https://new.example:8443');
    await expect(client.refresh('token')).rejects.toMatchObject({
      code: 'signed_out',
      facts: { address: 'https://new.example:8443' },
    });
  });

  it.each(['https://new.example$(id)', 'https://a;id;', 'https://a`id`', "https://a'b", 'https://a&b', 'urn:a'])(
    'is not repeated into a command when it names %s',
    async (address) => {
      issuer(address);
      const error: unknown = await client.refresh('token').catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'signed_out', facts: {} });
      const { message, nextStep } = error as { message: string; nextStep: string };
      expect(message + nextStep).not.toContain(address);
    },
  );

  it('may be something that lets nobody sign in', async () => {
    answer = (_, response) => void response.writeHead(404).end();
    await expect(login()).rejects.toMatchObject({ message: expect.stringMatching(/does not let anybody sign in/) });
  });

  it.each([
    [403, 'coordinator_unreachable', /Something between .* HTTP 403/],
    [502, 'coordinator_unreachable', /HTTP 502/],
  ])('may be something between, with %i', async (status, code, message) => {
    answer = (_, response) => void response.writeHead(status).end('<html>');
    await expect(login()).rejects.toMatchObject({ code, message });
    await expect(client.refresh('token')).rejects.toMatchObject({ code, message });
  });
});
