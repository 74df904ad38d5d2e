import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OauthClient } from './oauth-client.ts';

/** How a token endpoint treats one call. */
type Treatment = 'answers' | 'hangs up' | 'refuses' | 'is away';

describe('a renewal at the coordinator', () => {
  let server: Server;
  let url: string;
  /** Of the next calls, one after the other. */
  let treatments: Treatment[];
  let asked: string[];

  beforeEach(async () => {
    [treatments, asked] = [[], []];
    server = createServer((request, response) => {
      response.setHeader('content-type', 'application/json');
      if (request.method === 'GET') {
        response.end(JSON.stringify({ issuer: url, token_endpoint: `${url}/token` }));
        return;
      }
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        asked.push(new URLSearchParams(body).get('refresh_token') ?? '');
        const treatment = treatments.shift() ?? 'answers';
        if (treatment === 'hangs up') request.socket.destroy();
        else if (treatment === 'is away') response.writeHead(502).end('{}');
        else if (treatment === 'refuses') response.writeHead(400).end(JSON.stringify({ error: 'invalid_grant' }));
        else response.end(JSON.stringify({ access_token: 'a', refresh_token: 'r2', token_type: 'bearer' }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const refresh = () => new OauthClient(url).refresh('r1');

  it.each(['hangs up', 'is away'] as const)('is asked for again at once when the coordinator %s', async (treatment) => {
    treatments = [treatment];
    expect(await refresh()).toMatchObject({ access_token: 'a', refresh_token: 'r2' });
    expect(asked).toEqual(['r1', 'r1']);
  });

  it('fails when the coordinator hangs up again', async () => {
    treatments = ['hangs up', 'hangs up'];
    await expect(refresh()).rejects.toMatchObject({ code: 'coordinator_unreachable' });
    expect(asked).toHaveLength(2);
  });

  it('is asked for once when the coordinator refuses', async () => {
    treatments = ['refuses'];
    await expect(refresh()).rejects.toMatchObject({ code: 'signed_out' });
    expect(asked).toEqual(['r1']);
  });
});
