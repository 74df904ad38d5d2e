import { expect, it } from '@jest/globals';
import { Redactor } from '../redaction/redactor.ts';
import { shownArguments } from './shown-arguments.ts';

const redactor = new Redactor(() => ({ highEntropy: false, patterns: [] }));
const SECRET = ['hunter', '2hunter'].join('');
/** Far more than is shown. */
const LONG = 1_000_000;

/** @returns and how many characters were searched for secrets */
function shown(payload: Record<string, unknown>, maxChars = 200) {
  let searched = 0;
  const clean = <Value>(value: Value): Value => {
    searched += JSON.stringify(value).length;
    return redactor.redactJson(value).value;
  };
  const text = shownArguments(payload, JSON.stringify(payload), clean, maxChars);
  return { text, searched };
}

it('searches no more than may be shown, whatever it is of', () => {
  const many = Array.from({ length: LONG / 10 }, () => 'word word');
  for (const payload of [
    { command: 'word '.repeat(LONG / 5) },
    { many },
    { deep: { many } },
    Object.fromEntries(many.map((_, at) => [`name${at}`, at])),
    { ['long name '.repeat(LONG / 10)]: 'word '.repeat(LONG) },
  ]) {
    const { text, searched } = shown(payload);
    expect(searched).toBeLessThan(10_000);
    expect(text).toHaveLength(200 + `[... ${JSON.stringify(payload).length - 200} characters more]`.length);
  }
});

it('takes out secrets at the end of what is shown, and shows no part of one that is cut', () => {
  for (let before = 150; before < 4_300; before += 50) {
    const start = 'word '.repeat(before / 5);
    const { text } = shown({ command: `${start}redis://:${SECRET}@cache ${'y '.repeat(5_000)}` }, 4_000);
    expect(text).not.toContain('hunter');
    expect(text).toContain(' characters more]');
  }
});

it('shows no part of one that is cut, also where so much before it is taken out that it would be shown', () => {
  const line = (word: string): string => `-----${word} PRIVATE KEY-----\n`;
  const key = `${line('BEGIN')}${'MIIE'.repeat(530)}\n${line('END')}`;
  for (let pad = 0; pad < 60; pad += 1) {
    const { text } = shown({ command: `${key}${'x '.repeat(pad)} redis://:${SECRET}@cache ${'y '.repeat(5_000)}` });
    expect(text).not.toContain('hunt');
  }
});

it('shows the beginning of a word that is longer than any secret', () => {
  const { text } = shown({ command: `a ${'x'.repeat(5_000)}` }, 100);
  expect(text).toMatch(/^\{"command":"a x{50,}\[\.\.\. \d{4} characters more\]$/);
});
