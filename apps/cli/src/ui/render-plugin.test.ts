import { describe, expect, it } from '@jest/globals';
import { ServonautError } from '@servonaut/contracts';
import type { JudgedPlugin } from '../services/plugins/allowed-plugins.ts';
import { HELLO } from '../services/plugins/testing/plugin-on-disk.ts';
import { pluginJson, pluginTable, pluginText } from './render-plugin.ts';

const DIGEST = `sha256:${'0'.repeat(64)}`;
const plugin: JudgedPlugin = {
  name: '@acme/hello',
  version: '1.0.0',
  about: 'Greets.',
  project: '/p',
  root: '/p/node_modules/@acme/hello',
  pjson: {},
  brings: { tools: [HELLO], sources: ['shelf'] },
  dependencies: ['left-pad 2.0.0'],
  integrity: 'sha512-abc+/=',
  standing: 'not allowed',
  digest: DIGEST,
};
const describedAs = (description: string): JudgedPlugin => ({
  ...plugin,
  brings: { tools: [{ ...HELLO, description }], sources: [] },
});

describe('what the operator is asked to agree to', () => {
  it('begins with what was found out, and ends with what the author says', () => {
    expect(pluginText(plugin).split('\n')).toEqual([
      '@acme/hello 1.0.0',
      '  tool   say_hello (read-only, on a server)',
      '  source shelf',
      '  with   left-pad 2.0.0',
      '  npm    "sha512-abc+/="',
      `  digest ${DIGEST}`,
      'What its author says, which nobody has checked:',
      '  of the plugin:',
      '  | Greets.',
      '  of say_hello:',
      '  | Says hello on a server.',
      '',
    ]);
  });

  const forged = '  digest sha256:1111';
  const HOSTILE = {
    'line breaks': `a\n${forged}\r\n${forged}\u0085${forged}\u2028${forged}\v${forged}`,
    'spaces up to the end of a row': `a${' '.repeat(200)}${forged}${' '.repeat(53)}${forged}`,
    'wide characters': '漢'.repeat(37) + forged,
    'control sequences': `a\u001b[1A\u001b[2K${forged}\u0007\u0008\u009b2J`,
    'bidirectional text': `a\u202e${forged}\u2066\u200f\u061c`,
    'characters that do not show': `a\u200b\ufeff\u00ad${forged}`,
  };

  it.each(Object.entries(HOSTILE))('has a bar before every row of an author who writes %s', (_, text) => {
    for (const columns of [40, 80, 0]) {
      const hostile = {
        ...describedAs(text),
        about: text,
        version: text,
        dependencies: [`${text} ${text}`],
        integrity: text,
      };
      const shown = pluginText(hostile, columns);
      expect(shown).not.toMatch(/[\p{Cf}\p{Zl}\p{Zp}]|(?!\n)\p{Cc}/u);
      const rows = shown.split('\n');
      expect(rows.filter((row) => /^ {2}digest/.test(row))).toEqual([`  digest ${DIGEST}`]);
      const forging = rows.filter((row) => row.includes('sha256:1111'));
      expect(forging.filter((row) => !/^ {2}(?:[|¦]|with|npm)|^@acme/.test(row))).toEqual([]);
    }
  });

  it('shows so much of a long text, and says where the rest is', () => {
    const shown = pluginText(describedAs('x'.repeat(2_000)));
    expect(shown.length).toBeLessThan(1_200);
    expect(shown).toMatch(/…\nAll of it is in \/p\/node_modules\/@acme\/hello\/servonaut\.json\.\n$/);
  });

  it('names so many packages, and says how many more there are', () => {
    const shown = pluginText({ ...plugin, dependencies: Array.from({ length: 250 }, (_, at) => `p${at} 1.0.0`) });
    expect(shown.replace(/\n {2}¦ /g, '')).toContain('p99 1.0.0, and 150 more');
  });
});

describe('the list of plugins', () => {
  const why = new ServonautError('config_invalid', {
    message: 'The plugin a is left out: It\nhas changed.',
    nextStep: 'Do it.',
  });

  it('says which are left out, why, and what to do', () => {
    const left = { ...plugin, standing: 'allowed' as const, fault: why };
    const unread = { name: 'b', standing: 'not readable' as const, fault: why };
    const rows = pluginTable([plugin, left, unread], 80).split('\n');
    expect(rows.slice(1, 4)).toEqual([
      '@acme/hello  1.0.0    not allowed   say_hello, source shelf',
      '@acme/hello  1.0.0    left out      say_hello, source shelf',
      'b                     not readable',
    ]);
    expect(rows.slice(4, 7)).toEqual(['', 'The plugin a is left out: It�has changed.', '  Do it.']);
    expect([left, unread, plugin].map((one) => pluginJson(one))).toMatchObject([
      { fault: { next_step: 'Do it.' } },
      { name: 'b', standing: 'not readable' },
      { fault: null },
    ]);
  });
});
