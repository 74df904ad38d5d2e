import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { waitFor } from '@servonaut/testkit';
import { closeStreams, get, openStream, post } from './testing/hub-client.ts';
import { describeEachHub, type HubUnderTest } from './testing/hubs-under-test.ts';
import { publisherToken, sign, subscriberToken } from './testing/tokens.ts';

// What is said here holds for every hub of protocol 0.x, so each test runs against the embedded and the reference hub.

describeEachHub('$name', ({ start }) => {
  let hub: HubUnderTest;
  beforeAll(async () => {
    hub = await start();
  }, 300_000);
  afterEach(closeStreams);
  afterAll(() => hub.stop());

  /** Publishes and waits until a stream that may see everything has seen it: what others have not got by then, they never get. */
  async function publishAndSettle(
    witness: Awaited<ReturnType<typeof openStream>>,
    ...fields: [string, string][]
  ): Promise<void> {
    const before = witness.events.length;
    expect((await post(hub, fields)).status).toBe(200);
    await waitFor(() => witness.events.length > before, { what: 'the witness to see the update' });
  }

  describe('publishing', () => {
    it('answers with the id that the publisher chose', async () => {
      const response = await post(hub, [
        ['topic', 'a'],
        ['data', 'x'],
        ['id', 'chosen'],
      ]);
      expect([response.status, await response.text()]).toEqual([200, 'chosen']);
      expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    });

    it('makes an id of uuid version 7 when there is none', async () => {
      const response = await post(hub, [['topic', 'a']]);
      expect(await response.text()).toMatch(
        /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
    });

    it('writes every field in the order of the reference hub, and each line of data on its own', async () => {
      const stream = await openStream(hub, { topics: ['fields'] });
      await post(hub, [
        ['topic', 'fields'],
        ['data', 'a\nb\rc\r\nd é'],
        ['id', 'f1'],
        ['type', 'news'],
        ['retry', '1500'],
      ]);
      await waitFor(() => stream.events.length, { what: 'the update' });
      expect(stream.text).toContain('event: news\nretry: 1500\nid: f1\ndata: a\ndata: b\ndata: c\ndata: d é\n\n');
    });

    it('keeps the largest retry and leaves out a zero', async () => {
      const stream = await openStream(hub, { topics: ['retry'] });
      await post(hub, [
        ['topic', 'retry'],
        ['retry', '18446744073709551615'],
      ]);
      await post(hub, [
        ['topic', 'retry'],
        ['retry', '0'],
        ['id', 'zero'],
      ]);
      await waitFor(() => stream.events.length === 2, { what: 'both updates' });
      expect(stream.text).toContain('retry: 18446744073709551615\n');
      expect(stream.text).not.toContain('retry: 0');
    });

    it.each([
      ['no topic', [['data', 'x']], 400],
      [
        'a retry that is no number',
        [
          ['topic', 'a'],
          ['retry', 'soon'],
        ],
        400,
      ],
      [
        'a negative retry',
        [
          ['topic', 'a'],
          ['retry', '-1'],
        ],
        400,
      ],
      [
        'a retry over 64 bits',
        [
          ['topic', 'a'],
          ['retry', '18446744073709551616'],
        ],
        400,
      ],
      [
        'CR in the id',
        [
          ['topic', 'a'],
          ['id', 'x\ry'],
        ],
        400,
      ],
      [
        'LF in the id',
        [
          ['topic', 'a'],
          ['id', 'x\ny'],
        ],
        400,
      ],
      [
        'NUL in the id',
        [
          ['topic', 'a'],
          ['id', 'x\0y'],
        ],
        400,
      ],
      [
        'LF in the type',
        [
          ['topic', 'a'],
          ['type', 'x\ndata: forged'],
        ],
        400,
      ],
      ['1,001 topics', Array.from({ length: 1_001 }, (_, at) => ['topic', `t${at}`]), 400],
      ['a reserved topic', [['topic', 'https://hub.example/.well-known/mercure/subscriptions']], 403],
    ] as [string, [string, string][], number][])('refuses %s', async (_what, fields, status) => {
      expect((await post(hub, fields)).status).toBe(status);
    });

    it('takes 1,000 topics', async () => {
      const topics = Array.from({ length: 1_000 }, (_, at) => ['topic', `t${at}`] as [string, string]);
      expect((await post(hub, topics)).status).toBe(200);
    });

    it('refuses a body of another type, and a broken escape', async () => {
      const authorization = `Bearer ${await publisherToken(hub)}`;
      const send = (type: string, body: string): Promise<Response> =>
        fetch(hub.url, { method: 'POST', body, headers: { authorization, 'content-type': type } });
      expect((await send('application/json', '{"topic":"a"}')).status).toBe(400);
      expect((await send('application/x-www-form-urlencoded', 'topic=a&data=%zz')).status).toBe(400);
      expect((await send('application/x-www-form-urlencoded; charset=UTF-8', 'topic=a')).status).toBe(200);
    });

    it.each(['PUT', 'DELETE', 'PATCH'])('refuses the method %s', async (method) => {
      expect((await fetch(hub.url, { method })).status).toBe(405);
    });
  });

  describe('the grant of a publisher', () => {
    it.each([
      ['no token', () => undefined],
      ['a broken token', () => 'x'.repeat(60)],
      [
        'a token of another key',
        () => publisherToken({ ...hub, publisherKey: 'another-secret-another-secret-another-secret' }),
      ],
      ['an expired token', () => publisherToken(hub, ['*'], { expiresIn: -5 })],
      ['a token that is not valid yet', () => publisherToken(hub, ['*'], { notBeforeIn: 60 })],
      [
        'another algorithm with the right key',
        () => sign(hub.publisherKey.repeat(2), { mercure: { publish: ['*'] } }, { alg: 'HS512' }),
      ],
      ['a subscriber token', () => subscriberToken(hub)],
      ['a token signed with the publisher key that grants nothing', () => sign(hub.publisherKey, {})],
      ['a token that grants subscribing only', () => sign(hub.publisherKey, { mercure: { subscribe: ['*'] } })],
      ['an empty grant', () => publisherToken(hub, [])],
      ['a grant that is no list', () => sign(hub.publisherKey, { mercure: { publish: '*' } })],
      [
        'a grant of 1,001 selectors',
        () =>
          publisherToken(
            hub,
            Array.from({ length: 1_001 }, () => '*'),
          ),
      ],
      ['a grant for another topic', () => publisherToken(hub, ['b'])],
    ] as [string, () => Promise<string> | string | undefined][])('refuses %s', async (_what, token) => {
      const offered = await token();
      const headers: Record<string, string> = offered === undefined ? {} : { authorization: `Bearer ${offered}` };
      expect((await post(hub, [['topic', 'a']], headers)).status).toBe(401);
    });

    it('refuses an unsigned token', async () => {
      const [, claims] = (await publisherToken(hub)).split('.');
      const unsigned = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${claims}.`;
      expect((await post(hub, [['topic', 'a']], { authorization: `Bearer ${unsigned}` })).status).toBe(401);
    });

    it('has to cover every topic', async () => {
      const authorization = `Bearer ${await publisherToken(hub, ['a', 'books/{id}'])}`;
      expect(
        (
          await post(
            hub,
            [
              ['topic', 'a'],
              ['topic', 'books/1'],
            ],
            { authorization },
          )
        ).status,
      ).toBe(200);
      expect(
        (
          await post(
            hub,
            [
              ['topic', 'a'],
              ['topic', 'pens/1'],
            ],
            { authorization },
          )
        ).status,
      ).toBe(401);
    });

    it('may stand under the long name of the claim, which wins', async () => {
      const claims = { mercure: { publish: [] }, 'https://mercure.rocks/': { publish: ['*'] } };
      const authorization = `Bearer ${await sign(hub.publisherKey, claims)}`;
      expect((await post(hub, [['topic', 'a']], { authorization })).status).toBe(200);
    });
  });

  describe('where the token is', () => {
    it('wants exactly "Bearer " and a token of some length', async () => {
      const token = await subscriberToken(hub);
      for (const authorization of [
        `bearer ${token}`,
        `Bearer  ${token}`,
        token,
        'Bearer short',
        'Basic dXNlcjpwYXNz',
      ]) {
        expect((await get(hub, [['topic', 'a']], { authorization })).status).toBe(401);
      }
    });

    it('is the query parameter when there is no header', async () => {
      const token = await subscriberToken(hub);
      const stream = await openStream(hub, { grant: null, query: [['authorization', token]] });
      expect(stream.response.status).toBe(200);
      const twice: [string, string][] = [
        ['authorization', token],
        ['authorization', token],
      ];
      expect((await get(hub, [['topic', 'a'], ...twice])).status).toBe(401);
    });

    it('is the cookie when there is neither', async () => {
      const cookie = `theme=dark; mercureAuthorization=${await subscriberToken(hub)}`;
      expect((await openStream(hub, { grant: null, headers: { cookie } })).response.status).toBe(200);
    });

    it('is decided by the first place that has one, even a wrong one', async () => {
      const good = await subscriberToken(hub);
      const bad = 'x'.repeat(60);
      const cookie = `mercureAuthorization=${good}`;
      expect(
        (
          await get(
            hub,
            [
              ['topic', 'a'],
              ['authorization', good],
            ],
            { authorization: `Bearer ${bad}`, cookie },
          )
        ).status,
      ).toBe(401);
      expect(
        (
          await get(
            hub,
            [
              ['topic', 'a'],
              ['authorization', bad],
            ],
            { cookie },
          )
        ).status,
      ).toBe(401);
      const right = await openStream(hub, { token: good, query: [['authorization', bad]] });
      expect(right.response.status).toBe(200);
    });

    it('is never taken from a cookie for a publish that another site may have forged', async () => {
      const cookie = `mercureAuthorization=${await publisherToken(hub)}`;
      for (const source of [{}, { origin: 'https://evil.example' }, { referer: 'https://evil.example/page' }]) {
        expect((await post(hub, [['topic', 'a']], { cookie, ...source })).status).toBe(401);
      }
    });
  });

  describe('subscribing', () => {
    it('answers with a stream that no proxy may hold back or keep, and that no other origin may read', async () => {
      const { response, ...stream } = await openStream(hub);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
      expect(response.headers.get('x-accel-buffering')).toBe('no');
      expect(response.headers.get('cache-control')).toContain('no-store');
      expect(response.headers.has('access-control-allow-origin')).toBe(false);
      expect(response.headers.has('last-event-id')).toBe(false);
      expect(stream.ended).toBe('no');
    });

    it('begins with a comment', async () => {
      const stream = await openStream(hub);
      await waitFor(() => stream.text.length, { what: 'the first bytes' });
      expect(stream.text).toBe(':\n');
    });

    it.each([
      ['no token', () => undefined],
      ['an expired token', () => subscriberToken(hub, ['*'], { expiresIn: -5 })],
      ['a publisher token', () => publisherToken(hub)],
    ] as [string, () => Promise<string> | undefined][])('refuses %s', async (_what, token) => {
      const offered = await token();
      const headers: Record<string, string> = offered === undefined ? {} : { authorization: `Bearer ${offered}` };
      expect((await get(hub, [['topic', 'a']], headers)).status).toBe(401);
    });

    it('wants 1 to 1,000 topics', async () => {
      const authorization = `Bearer ${await subscriberToken(hub)}`;
      expect((await get(hub, [], { authorization })).status).toBe(400);
      const tooMany = Array.from({ length: 1_001 }, () => ['topic', 'a'] as [string, string]);
      expect((await get(hub, tooMany, { authorization })).status).toBe(400);
    });

    it.each([
      ['*', 'anything'],
      ['exact', 'exact'],
      ['/cli/{user}/commands', '/cli/42/commands'],
      ['https://example.com/{+path}', 'https://example.com/a/b'],
      ['https://example.com/books{?page,size}', 'https://example.com/books?page=1&size=2'],
      ['/a{/b,c}', '/a/1/2'],
      ['{not a template', '{not a template'],
    ])('%s receives %s, once', async (selector, topic) => {
      const witness = await openStream(hub);
      const stream = await openStream(hub, { topics: [selector, selector] });
      await publishAndSettle(witness, ['topic', topic], ['topic', topic], ['data', 'x']);
      await waitFor(() => stream.events.length, { what: 'the update' });
      await publishAndSettle(witness, ['topic', '\u{1F680} another'], ['data', 'x']);
      // The witness has had its update; this stream is another socket and may get its own a moment later.
      const expected = selector === '*' ? 2 : 1;
      await waitFor(() => stream.events.length >= expected, { what: 'the last update' });
      expect(stream.events).toHaveLength(expected);
    });

    it.each([
      ['exact', 'exact '],
      ['/cli/{user}/commands', '/cli/4/2/commands'],
      ['/cli/{user}/commands', '/cli/42/commands/x'],
      ['/cli/{user}/commands', 'x/cli/42/commands'],
    ])('%s does not receive %s', async (selector, topic) => {
      const stream = await openStream(hub, { topics: [selector, 'afterwards'] });
      await post(hub, [
        ['topic', topic],
        ['data', 'not for it'],
      ]);
      await post(hub, [
        ['topic', 'afterwards'],
        ['data', 'for it'],
      ]);
      await waitFor(() => stream.events.length, { what: 'the later update' });
      expect(stream.events.map(({ data }) => data)).toEqual(['for it']);
    });
  });

  describe('private updates', () => {
    const mine = '/cli/a/commands';
    const theirs = '/cli/b/commands';

    it.each([theirs, '*', '/cli/{user}/commands', '/cli/{+user}'])(
      'do not reach a token for another user that asks for %s',
      async (selector) => {
        const witness = await openStream(hub);
        const stream = await openStream(hub, { topics: [selector, mine], grant: [mine] });
        await publishAndSettle(witness, ['topic', theirs], ['data', 'secret'], ['private', 'on']);
        await publishAndSettle(witness, ['topic', mine], ['data', 'own'], ['private', '']);
        await waitFor(() => stream.events.length, { what: 'the own update' });
        expect(stream.events.map(({ data }) => data)).toEqual(['own']);
      },
    );

    it('can not be published with a subscriber token, for its own topic or another', async () => {
      const authorization = `Bearer ${await subscriberToken(hub, [mine])}`;
      for (const topic of [mine, theirs]) {
        expect(
          (
            await post(
              hub,
              [
                ['topic', topic],
                ['private', 'on'],
              ],
              { authorization },
            )
          ).status,
        ).toBe(401);
      }
    });

    it('reach a subscriber who asked for one of the topics and is granted another', async () => {
      const stream = await openStream(hub, { topics: [theirs], grant: [mine] });
      await post(hub, [
        ['topic', theirs],
        ['topic', mine],
        ['data', 'shared'],
        ['private', 'on'],
      ]);
      await waitFor(() => stream.events.length, { what: 'the update' });
    });

    it('are kept from a token without any grant, which still receives public ones', async () => {
      const witness = await openStream(hub);
      const stream = await openStream(hub, { token: await sign(hub.subscriberKey, {}) });
      await publishAndSettle(witness, ['topic', mine], ['data', 'secret'], ['private', 'on']);
      await publishAndSettle(witness, ['topic', mine], ['data', 'public']);
      await waitFor(() => stream.events.length, { what: 'the public update' });
      expect(stream.events.map(({ data }) => data)).toEqual(['public']);
    });
  });
});
