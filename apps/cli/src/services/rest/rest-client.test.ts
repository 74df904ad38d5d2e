import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ServonautError, teamSchema, teamsSchema, toProblem, type ErrorCode } from '@servonaut/contracts';
import { StaticToken } from '../../session/access-tokens.ts';
import { changeAsRead } from './change-as-read.ts';
import { LISTINGS, readListing } from './listings.ts';
import { RestClient } from './rest-client.ts';

const TEAM = {
  id: '00000000-0000-4000-8000-000000000001',
  name: 'ops',
  members: 0,
  version: 3,
  created_at: '2026-11-22T10:00:00.000Z',
};

/** What is answered to one request after the other; `lost` breaks the connection. */
type Answer = 'lost' | ErrorCode | object;

describe('the REST client', () => {
  let server: Server;
  let rest: RestClient;
  let answers: Answer[];
  let asked: Pick<IncomingMessage, 'method' | 'url' | 'headers'>[];

  beforeEach(async () => {
    [answers, asked] = [[], []];
    server = createServer(answerNext);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    rest = new RestClient({ url, tokens: new StaticToken('token'), timeoutMs: 5_000 });
  });
  afterEach(async () => {
    rest.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  function answerNext(request: IncomingMessage, response: ServerResponse): void {
    asked.push(request);
    const answer = answers.shift() ?? 'internal';
    if (answer === 'lost') return void request.socket.destroy();
    const problem = typeof answer === 'string' ? toProblem(new ServonautError(answer)) : undefined;
    response.writeHead(problem?.status ?? 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(problem ?? answer));
  }

  it('makes something once though answers are lost, by one key for all tries', async () => {
    answers = ['lost', 'request_in_progress', TEAM];
    expect(await rest.make('/api/admin/teams', teamSchema, { name: 'ops' })).toEqual(TEAM);
    const keys = new Set(asked.map(({ headers }) => headers['idempotency-key']));
    expect([asked.length, keys.size, keys.has(undefined)]).toEqual([3, 1, false]);
  });

  it('has another key for another thing', async () => {
    answers = [TEAM, TEAM];
    for (const name of ['ops', 'dev']) await rest.make('/api/admin/teams', teamSchema, { name });
    expect(new Set(asked.map(({ headers }) => headers['idempotency-key'])).size).toBe(2);
  });

  it('does not ask again what was refused', async () => {
    answers = ['conflict'];
    const making = rest.make('/api/admin/teams', teamSchema, { name: 'ops' });
    await expect(making).rejects.toMatchObject({ code: 'conflict' });
    expect(asked).toHaveLength(1);
  });

  it('changes what was read, and nothing that somebody else has changed since', async () => {
    answers = [TEAM, { ...TEAM, name: 'dev', version: 4 }];
    const { before, after } = await changeAsRead(rest, '/api/admin/teams/1', teamSchema, { name: 'dev' });
    expect([before.name, after.name]).toEqual(['ops', 'dev']);
    expect(asked.map(({ method, headers }) => [method, headers['if-match']])).toEqual([
      ['GET', undefined],
      ['PATCH', '"3"'],
    ]);
    answers = [TEAM, 'version_mismatch'];
    const overtaken = changeAsRead(rest, '/api/admin/teams/1', teamSchema, { name: 'dev' });
    await expect(overtaken).rejects.toMatchObject({
      code: 'version_mismatch',
      message: expect.stringMatching(/Somebody else/),
    });
  });

  it('leaves an answer as it came, with what a newer coordinator has added', async () => {
    answers = [{ ...TEAM, colour: 'green' }];
    expect(await rest.read('/api/admin/teams/1', teamSchema)).toEqual({ ...TEAM, colour: 'green' });
  });

  it('takes nothing for an answer that is none', async () => {
    answers = [{ ...TEAM, version: 'three' }];
    await expect(rest.read('/api/admin/teams/1', teamSchema)).rejects.toMatchObject({
      code: 'coordinator_unreachable',
    });
  });

  it('follows a list to its end, also over a page that is empty', async () => {
    answers = [
      { teams: [TEAM], next_cursor: 'a' },
      { teams: [], next_cursor: 'b' },
      { teams: [TEAM], next_cursor: null },
    ];
    const query = { state: undefined, limit: 1 };
    const page = await readListing(rest, '/api/admin/teams', LISTINGS.teams, { all: true, query });
    expect(teamsSchema.parse(page)).toEqual({ teams: [TEAM, TEAM], next_cursor: null });
    expect(asked.map(({ url }) => url?.split('?')[1])).toEqual(['limit=1', 'limit=1&cursor=a', 'limit=1&cursor=b']);
  });
});
