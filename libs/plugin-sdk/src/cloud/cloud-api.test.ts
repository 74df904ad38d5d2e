import { afterEach, describe, expect, it } from '@jest/globals';
import { replayServer, type ReplayedAnswer, type ReplayServer } from '../testing/replay-server.ts';
import { CloudApi } from './cloud-api.ts';
import { endpointSchema } from './cloud-options.ts';

let server: ReplayServer | undefined;
afterEach(() => server?.close());

/** @param answers in their order, the last of them for ever; an error closes the connection instead */
async function api(
  answers: readonly (ReplayedAnswer | Error)[],
  signal = new AbortController().signal,
): Promise<CloudApi> {
  let next = 0;
  const current = (server = await replayServer(() => {
    const answer = answers[Math.min(next++, answers.length - 1)];
    if (!answer || answer instanceof Error) throw answer ?? new Error('no answer is given');
    return answer;
  }));
  const credentials = () => ({ authorization: 'Bearer secret' });
  return new CloudApi({ service: 'Cloud', endpoint: current.url, credentials, signal });
}

describe('a cloud', () => {
  it('is asked with the credentials, and what is undefined is not asked', async () => {
    const cloud = await api([{ body: { ok: true } }]);
    expect(await cloud.get('/v1/servers', { page: 2, label: undefined })).toEqual({ ok: true });
    expect(server?.requests[0]).toMatchObject({ path: '/v1/servers', headers: { authorization: 'Bearer secret' } });
    expect(String(server?.requests[0]?.query)).toBe('page=2');
  });

  it('is asked for a change once, and again only when it was too busy to look at it', async () => {
    const cloud = await api([
      { status: 429, headers: { 'retry-after': '0' }, body: {} },
      { status: 202, body: {} },
    ]);
    await cloud.post('/v1/servers/7/actions', { query: { v: 2 }, body: { type: 'reboot' } });
    const asked = { method: 'POST', body: '{"type":"reboot"}', headers: { 'content-type': 'application/json' } };
    expect(server?.requests).toMatchObject([asked, asked]);
    expect(String(server?.requests[1]?.query)).toBe('v=2');
    await server?.close();
    const broken = await api([{ status: 503, body: {} }]);
    await expect(broken.post('/v1/servers/7/start')).rejects.toMatchObject({ code: 'unavailable' });
    expect(server?.requests).toMatchObject([{ method: 'POST', body: '' }]);
  });

  it('that is too busy is asked again when it says so', async () => {
    const busy = { status: 429, headers: { 'retry-after': '0' }, body: {} };
    const cloud = await api([busy, { ...busy, status: 503 }, { body: 1 }]);
    expect(await cloud.get('/')).toBe(1);
  });

  it('that stays too busy is given up', async () => {
    const cloud = await api([
      { status: 429, headers: { 'retry-after': '0' }, body: { error: { message: 'rate limit' } } },
    ]);
    await expect(cloud.get('/')).rejects.toThrow('Cloud answered 429 (rate limit).');
    expect(server?.requests).toHaveLength(5);
  });

  it.each([
    [
      401,
      { error: { message: 'unable to authenticate' } },
      'config_invalid',
      'Cloud answered 401 (unable to authenticate).',
    ],
    [403, '<html>', 'cloud_refused', 'Cloud answered 403.'],
    [404, { message: 'no such thing' }, 'unavailable', 'Cloud answered 404 (no such thing).'],
  ])('that answers %s is not asked again', async (status, body, code, message) => {
    const cloud = await api([{ status, body }]);
    await expect(cloud.get('/')).rejects.toMatchObject({ code, message });
    expect(server?.requests).toHaveLength(1);
  });

  it('is followed nowhere else, and credentials are in no error', async () => {
    const cloud = await api([{ status: 302, headers: { location: 'http://192.0.2.1/' }, body: '' }]);
    const error: unknown = await cloud.get('/').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'unavailable', message: 'Cloud cannot be reached.' });
    expect(JSON.stringify(error)).not.toContain('secret');
  });

  it('that closes a connection is asked once more what it knows, and not for a change, which it may have made', async () => {
    const closed = new Error('closed without an answer');
    const cloud = await api([closed, { body: 1 }, closed, closed, closed]);
    expect(await cloud.get('/')).toBe(1);
    expect(server?.requests).toHaveLength(2);
    await expect(cloud.post('/')).rejects.toMatchObject({ code: 'unavailable' });
    expect(server?.requests).toHaveLength(3);
    await expect(cloud.get('/')).rejects.toThrow('Cloud cannot be reached.');
    expect(server?.requests).toHaveLength(5);
  });

  it('is waited for no longer than the signal', async () => {
    const stop = new AbortController();
    const cloud = await api([{ status: 429, headers: { 'retry-after': '30' }, body: {} }], stop.signal);
    const asked = cloud.get('/');
    stop.abort(new Error('enough'));
    await expect(asked).rejects.toThrow();
  });
});

it.each([
  ['https://api.example.com/v1/', 'https://api.example.com/v1'],
  ['http://127.0.0.1:80', 'http://127.0.0.1:80'],
  ['http://api.example.com', undefined],
  ['https://user:secret@api.example.com', undefined],
  ['ftp://127.0.0.1', undefined],
  ['api', undefined],
])('credentials may go to %s: %s', (text, expected) => expect(endpointSchema.safeParse(text).data).toBe(expected));
