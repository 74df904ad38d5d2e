import { describe, expect, it } from '@jest/globals';
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
});
