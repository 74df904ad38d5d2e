import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ServonautError } from '@servonaut/contracts';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { MemoryRateLimits } from '../../../platform/limits/flexible-rate-limits.ts';
import { withDefaults, type LimitName, type RateLimit } from '../../../platform/limits/named-limits.ts';
import { registrationDoor, type MakeRoom } from './registration-door.ts';

describe('the door before registrations', () => {
  let server: Server;
  let registered: number;
  let made: number;
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    registered = 0;
    made = 0;
  });

  const room: MakeRoom = async () => void (made += 1);

  async function start(limits: Partial<Record<LimitName, RateLimit>>, makeRoom = room): Promise<void> {
    const app = express().set('trust proxy', true);
    const door = registrationDoor(new MemoryRateLimits(withDefaults(limits)), makeRoom);
    const failed: ErrorRequestHandler = (_error, _request, response, _next) => void response.status(500).end();
    const library: RequestHandler = (_request, response) => void response.status(201).json({ id: (registered += 1) });
    app.use('/oauth/register', door, library, failed);
    server = createServer(app).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
  }

  function register(from: string, given: RequestInit = {}): Promise<Response> {
    const headers = { 'content-type': 'application/json', 'x-forwarded-for': from };
    const { port } = server.address() as AddressInfo;
    return fetch(`http://127.0.0.1:${port}/oauth/register`, { method: 'POST', headers, body: '{}', ...given });
  }

  it('lets a client through, once there is room', async () => {
    await start({});
    expect((await register('8.8.8.8')).status).toBe(201);
    expect([registered, made]).toEqual([1, 1]);
  });

  it('counts those of one address, its network counting as one', async () => {
    await start({ registration_address: { points: 2, seconds: 60 } });
    const froms = ['2a00:1:2:3::1', '2a00:1:2:3::2', '2a00:1:2:3::3', '8.8.8.8'];
    const statuses: number[] = [];
    for (const from of froms) statuses.push((await register(from)).status);
    expect(statuses).toEqual([201, 201, 429, 201]);
    expect([registered, made]).toEqual([3, 3]);
  });

  it('counts those of all addresses', async () => {
    await start({ registration_all: { points: 1, seconds: 60 } });
    expect((await register('8.8.8.8')).status).toBe(201);
    const refused = await register('9.9.9.9');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toEqual({
      error: 'temporarily_unavailable',
      error_description: expect.stringMatching(/^Too many clients were registered\. Try again in \d+ s\.$/),
    });
  });

  it('does not read what is too large', async () => {
    await start({});
    const refused = await register('8.8.8.8', { body: JSON.stringify({ client_name: 'x'.repeat(20_000) }) });
    expect([refused.status, await refused.json()]).toEqual([
      413,
      { error: 'invalid_client_metadata', error_description: 'at most 16384 bytes' },
    ]);
    expect([registered, made]).toEqual([0, 0]);
  });

  it('lets nobody through when no room can be made', async () => {
    await start({}, () => Promise.reject(new ServonautError('internal')));
    expect((await register('8.8.8.8')).status).toBe(500);
    expect(registered).toBe(0);
  });

  it('counts nothing that does not register', async () => {
    await start({ registration_address: { points: 1, seconds: 60 } });
    for (let times = 0; times < 3; times += 1) await register('8.8.8.8', { method: 'OPTIONS', body: null });
    expect((await register('8.8.8.8')).status).toBe(201);
  });
});
