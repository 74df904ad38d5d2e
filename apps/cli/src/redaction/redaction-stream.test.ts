import { describe, expect, it } from '@jest/globals';
import { plainText } from '@servonaut/plugin-sdk/plain-output';
import { Redactor } from './redactor.ts';
import { PLANTED_SECRETS, type PlantedSecret } from './testing/planted-secrets.ts';

const redactor = new Redactor(() => ({ highEntropy: false, patterns: [] }));

/** What is left of a text that comes in these pieces, and what was found in it. */
function through(pieces: readonly (string | Buffer)[], by = redactor) {
  const stream = by.stream();
  const left = pieces.map((piece) => stream.write(Buffer.from(piece)));
  return { text: Buffer.concat([...left, stream.end()]).toString(), found: stream.found };
}

const named = PLANTED_SECRETS.map((planted) => [planted.kind, planted] as const);

function expectNone(text: string, { secrets }: PlantedSecret): void {
  for (const secret of secrets) expect(text).not.toContain(secret);
}

describe('a redacted stream', () => {
  it('knows 30 kinds at least', () => {
    expect(new Set(PLANTED_SECRETS.map(({ kind }) => kind)).size).toBeGreaterThan(60);
  });

  it.each(named)('lets no %s pass', (kind, planted) => {
    const { text, found } = through([`before\n${planted.text}\nafter that line\n`]);
    expectNone(text, planted);
    expect(text).toContain(`[redacted: ${kind}]`);
    expect(text).toMatch(/^before\n[^]*\nafter that line\n$/);
    expect(found[kind]).toBe(1);
  });

  it.each(named)('lets no %s pass that is split anywhere', (_, planted) => {
    const bytes = Buffer.from(`before\n${planted.text}\nafter that line\n`);
    const whole = through([bytes]);
    for (let at = 1; at < bytes.length; at++)
      expect(through([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
    expect(through(Array.from(bytes, (byte) => Buffer.of(byte)))).toEqual(whole);
  });

  it.each(named.filter(([kind]) => !kind.includes('private-key')))(
    'lets no %s pass that is held apart by what steers a terminal',
    (_, planted) => {
      for (const apart of ['\u001b[0m', '\u001b]0;title\u0007', '\u009b1m', 'x\b', '\u0000']) {
        const bytes = Buffer.from(
          `${planted.secrets.reduce((text, secret) => text.replace(secret, [...secret].join(apart)), planted.text)}\n`,
        );
        const text = through([bytes]).text;
        expectNone(plainText(Buffer.from(text)), planted);
      }
    },
  );

  it('passes on what holds none as it came, and keeps back no more than a line that has not ended', () => {
    const stream = redactor.stream();
    const line = Buffer.from('ordinary é ☃ \u001b[1mline\u001b[0m\nand a');
    expect(stream.write(line).toString()).toBe('ordinary é ☃ \u001b[1mline\u001b[0m\n');
    expect(stream.write(Buffer.from(' prompt: ')).toString()).toBe('');
    expect(stream.write(Buffer.from('1%\r2%')).toString()).toBe('and a prompt: 1%\r');
    expect(stream.end().toString()).toBe('2%');
    expect(stream.found).toEqual({});
  });

  it('goes on behind a key that never ends with the first line that can be no part of it', () => {
    const [begin = '', ...body] = PLANTED_SECRETS.find(({ kind }) => kind === 'private-key')?.text.split('\n') ?? [];
    const cut = [begin, ...body.slice(0, 3)].join('\n');
    expect(through([`${cut}\n`, 'this is another line\n']).text).toBe(
      '[redacted: private-key]\nthis is another line\n',
    );
    expect(through([cut]).text).toBe('[redacted: private-key]');
  });

  it('holds back lines that may be the end of a key until the next that is none, and no more than 16 KiB of them', () => {
    const stream = redactor.stream();
    const data = `${'QUJD'.repeat(16)}\n`;
    expect(stream.write(Buffer.from(`a\n${data}${data}`)).toString()).toBe('a\n');
    expect(stream.write(Buffer.from('word\n')).toString()).toBe('');
    expect(stream.write(Buffer.from('an end\nword\n')).toString()).toBe(`${data}${data}word\nan end\nword\n`);
    let out = 0;
    for (let line = 0; line < 1_000; line++) out += stream.write(Buffer.from(data)).length;
    expect(65_000 - out).toBeLessThan(16_500);
    expect(out + stream.end().length).toBe(65_000);
  });

  it('finds secrets anywhere in lines of any length, and holds a bounded part of them', () => {
    const secret = ['ghp', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('_');
    for (const at of [0, 100, 57_300, 57_340, 57_344, 65_500, 65_536, 130_000]) {
      const line = Buffer.from(`${'x y '.repeat(at / 4)}${secret}${' z'.repeat(100_000)}\n`);
      const stream = redactor.stream();
      let [longest, left] = [0, ''];
      for (let from = 0, out = 0; from < line.length; from += 1_000) {
        const passed = stream.write(line.subarray(from, from + 1_000));
        left += passed.toString();
        out += passed.length;
        longest = Math.max(longest, from + 1_000 - out);
      }
      left += stream.end().toString();
      expect(left).not.toContain(secret);
      expect(left).toHaveLength(line.length - secret.length + '[redacted: github-token]'.length);
      expect(longest).toBeLessThan(70_000);
    }
  });

  it('cuts no secret from its name, wherever in a long line they stand and also when all of it comes at once', () => {
    for (let at = 1; at < 20; at++) {
      const line = `${'x'.repeat(at)}${' password=abc1def'.repeat(9_000)}\n`;
      expect(through([line]).text.includes('abc1def')).toBe(false);
    }
  });

  it('takes out what a secret of any length goes on with', () => {
    const long = `sk-ant-${'a'.repeat(200_000)}`;
    const { text, found } = through([
      `before ${long} after\n`.slice(0, 100_000),
      `before ${long} after\n`.slice(100_000),
    ]);
    expect(text).toBe('before [redacted: anthropic-key] after\n');
    expect(found).toEqual({ 'anthropic-key': 1 });
  });

  it('leaves alone what was redacted before', () => {
    for (const { text } of PLANTED_SECRETS) {
      const once = through([text]).text;
      expect(through([once])).toEqual({ text: once, found: {} });
    }
  });

  it.each([
    'DB_PASSWORD=[redacted: x]§',
    'DB_PASSWORD: [redacted: x]§',
    'DB_PASSWORD=[redacted: x]-§',
    'password=[redacted: x],§',
    'DB_PASSWORD: "[redacted: x] §"',
    'Authorization: Bearer [redacted: x]§',
    'https://olga:[redacted:x]§@web-1/',
  ])('takes nothing for redacted that goes on behind the placeholder: %s', (line) => {
    const text = through([`${line.replace('§', 'realS3cret')}\n`]).text;
    expect(text).not.toContain('S3cret');
    expect(text).toMatch(/\[redacted: [\w-]{2,}\]/);
  });

  it('finds what the operator has named, in any script, and random values where they wish', () => {
    const patterns = [{ name: 'customer', pattern: 'Kundé-[0-9]{8}' }];
    const own = new Redactor(() => ({ highEntropy: true, patterns }));
    const random = 'Zm9vYmFyQmF6MTIzNDU2Nzg5MFhZWg';
    expect(through([`ü Kundé-12345678 ü ${random} ${'a'.repeat(40)}\n`], own)).toEqual({
      text: `ü [redacted: customer] ü [redacted: high-entropy] ${'a'.repeat(40)}\n`,
      found: { customer: 1, 'high-entropy': 1 },
    });
  });
});
