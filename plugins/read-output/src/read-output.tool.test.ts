import { describe, expect, it } from '@jest/globals';
import { callTool, localContext } from '@servonaut/plugin-sdk/testing';
import fc from 'fast-check';
import { readOutput } from './read-output.tool.ts';

const ID = '0190a0a0-0000-7000-8000-000000000001';
const MIB = 1024 * 1024;

type Asked = Omit<Parameters<typeof readOutput.run>[0], 'request_id'>;

async function read(stdout: Buffer | string, asked: Partial<Asked> = {}, stderr?: string) {
  const outputs = {
    [ID]: { stdout: Buffer.from(stdout), ...(stderr !== undefined && { stderr: Buffer.from(stderr) }) },
  };
  const { output, data } = await callTool(readOutput, { request_id: ID, ...asked }, localContext({ outputs }));
  if (!data) throw new Error('no data');
  return { output, ...data };
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join('');

describe('a page', () => {
  it('begins at the offset, ends with a line, and says where to read on', async () => {
    const first = await read(numbered(100), { length: 30 });
    expect(first).toMatchObject({ text: numbered(4), offset: 0, next_offset: 28, kept_bytes: 792, written_bytes: 792 });
    expect(first.output).toBe(`stdout, bytes 0 to 28, of 792 bytes.\n${numbered(4)}[There is more: offset 28.]`);
    expect(await read(numbered(100), { length: 10, offset: 28 })).toMatchObject({ text: 'line 5\n', next_offset: 35 });
    const last = await read(numbered(100), { offset: 783 });
    expect(last).toMatchObject({ text: 'line 100\n', next_offset: null });
    expect(last.output).toMatch(/\[There is no more\.\]$/);
  });

  it('is of stderr when that is asked for', async () => {
    expect((await read('out', { stream: 'stderr' }, 'err')).text).toBe('err');
  });

  it('after page gives the whole output back, in whole characters', async () => {
    const parts = fc.constantFrom('a', 'é', '☃', '😀', '\n', 'a longer word ');
    await fc.assert(
      fc.asyncProperty(fc.array(parts, { maxLength: 60 }), fc.integer({ min: 4, max: 40 }), async (text, length) => {
        const pages: string[] = [];
        for (let offset: number | null = 0; offset !== null;) {
          const page: Awaited<ReturnType<typeof read>> = await read(text.join(''), { offset, length });
          expect(page.text).not.toContain('\uFFFD');
          pages.push(page.text);
          offset = page.next_offset;
        }
        expect(pages.join('')).toBe(text.join(''));
      }),
    );
  });

  it('from the middle of a character begins with the next one', async () => {
    expect(await read('☃☃', { offset: 1 })).toMatchObject({ text: '☃', offset: 3 });
  });

  it('behind the end is empty', async () => {
    expect(await read('text', { offset: 99 })).toMatchObject({ text: '', next_offset: null });
  });

  it('has no escape sequences unless they are asked for', async () => {
    const coloured = '\u001b[31mred\u001b[0m\r 1%\r 2%\n';
    expect((await read(coloured)).text).toBe(' 2%\n');
    expect((await read(coloured, { raw: true })).text).toBe(coloured);
  });

  it('that is binary is said to be', async () => {
    const page = await read(Buffer.concat([Buffer.from('text\n'), Buffer.alloc(100, 'x\0')]), { length: 50 });
    expect(page).toMatchObject({ binary: false, text: 'text\n', next_offset: 5 });
    const binary = await read(Buffer.alloc(100, 'x\0'), { length: 50 });
    expect(binary).toMatchObject({ binary: true, text: '', next_offset: 50 });
    expect(binary.output).toContain('binary');
    expect(await read(Buffer.alloc(100, 0xff))).toMatchObject({ binary: true, text: '' });
  });
});

describe('the tail', () => {
  it.each([
    ['one\ntwo\nthree\n', 2, 'two\nthree\n'],
    ['one\ntwo\nthree', 2, 'two\nthree'],
    ['one\n\n\n', 2, '\n\n'],
    ['one\ntwo\n', 2, 'one\ntwo\n'],
    ['one\ntwo\n', 9, 'one\ntwo\n'],
    ['\n', 1, '\n'],
    ['', 1, ''],
  ])('of %j, %i lines, is %j', async (all, tail, text) => {
    expect(await read(all, { tail })).toMatchObject({ text, next_offset: null });
  });

  it('has as many whole lines as fit', async () => {
    expect(await read(numbered(100), { tail: 50, length: 30 })).toMatchObject({ text: numbered(100).slice(-25) });
    expect(await read('☃'.repeat(100), { tail: 1, length: 4 })).toMatchObject({ text: '☃' });
  });
});

describe('a search', () => {
  it('shows the lines with the text, which is no pattern, and their numbers', async () => {
    const found = await read('a.c\nabc\nx a.c\n', { grep: 'a.c' });
    expect(found).toMatchObject({ text: '1:a.c\n3:x a.c\n', matches: 2, next_offset: null });
    expect(found.output).toBe('2 lines of stdout with "a.c", of 14 bytes.\n1:a.c\n3:x a.c\n[There is no more.]');
    expect((await read('abc\n', { grep: '(a+)+$' })).output).toMatch(/^No line of stdout with/);
  });

  it('shows lines around each match, each once, and where some are left out', async () => {
    const text = numbered(20)
      .replace('line 5\n', 'hit 5\n')
      .replace('line 7\n', 'hit 7\n')
      .replace('line 15\n', 'hit 15\n');
    expect((await read(text, { grep: 'hit', context: 2 })).text).toBe(
      '3-line 3\n4-line 4\n5:hit 5\n6-line 6\n7:hit 7\n8-line 8\n9-line 9\n--\n13-line 13\n14-line 14\n15:hit 15\n16-line 16\n17-line 17\n',
    );
  });

  it('finds what colours interrupt', async () => {
    expect((await read('x\n\u001b[31mERR\u001b[0mOR: disk\n', { grep: 'ERROR' })).text).toBe('2:ERROR: disk\n');
  });

  it('shows of what does not fit where to search on, with the same numbers', async () => {
    const text = numbered(1_000);
    const lines: string[] = [];
    for (let offset: number | null = 0; offset !== null;) {
      const part: Awaited<ReturnType<typeof read>> = await read(text, { grep: '7', offset, length: 100 });
      expect(part.text.length).toBeLessThanOrEqual(100);
      lines.push(...part.text.trimEnd().split('\n').filter(Boolean));
      offset = part.next_offset;
    }
    const expected = text
      .trimEnd()
      .split('\n')
      .flatMap((line, at) => (line.includes('7') ? [`${at + 1}:${line}`] : []));
    expect(lines).toEqual(expected);
  });

  it('goes through more than is read at once, and through lines that are longer', async () => {
    const filler = 'x'.repeat(99) + '\n';
    const text = `${filler.repeat(15_000)}before\nfirst hit\n${'y'.repeat(3 * MIB)} hit in a long line\nlast hit`;
    const found = await read(text, { grep: 'hit', context: 1 });
    expect(found.matches).toBe(3);
    expect(found.text).toMatch(/^15001-before\n15002:first hit\n15003[-:…y]+/);
    expect(found.text).toMatch(/ hit in a long line/);
    expect(found.text).toMatch(/\n15004:last hit\n$/);
    expect(found.text.length).toBeLessThan(6_000);
  });

  it('shows of a long line what is around the match, in whole characters', async () => {
    const { text } = await read(`${'☃'.repeat(5_000)}hit${'☃'.repeat(5_000)}\n`, { grep: 'hit' });
    expect(text).toMatch(/^1:…☃+hit☃+…\n$/);
  });

  it('ends when nobody waits for it any more', async () => {
    const context = localContext({
      outputs: { [ID]: { stdout: Buffer.from('x') } },
      signal: AbortSignal.abort(new Error('over')),
    });
    await expect(callTool(readOutput, { request_id: ID, grep: 'x' }, context)).rejects.toThrow('over');
  });
});

describe('what is refused', () => {
  it.each([
    ['an id that is none', { request_id: '../secret' }],
    ['a page that is too long', { length: 50_001 }],
    ['an offset before the start', { offset: -1 }],
    ['a text of several lines', { grep: 'a\nb' }],
    ['a context that is too long', { grep: 'a', context: 21 }],
    ['an argument that there is not', { pattern: 'a' }],
  ])('%s', (_, asked) => {
    expect(readOutput.input.safeParse({ request_id: ID, ...asked }).success).toBe(false);
  });

  it.each([{ offset: 1 }, { grep: 'a' }])('tail together with %j', async (asked) => {
    await expect(read('text', { tail: 1, ...asked })).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('a request of which nothing is kept', async () => {
    await expect(callTool(readOutput, { request_id: ID }, localContext())).rejects.toMatchObject({ code: 'not_found' });
  });
});
