import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBrowser } from './open-browser.ts';

const URL = 'https://example.com/device?a=$(touch%20x);b&c';

describe('a browser', () => {
  let folder: string;

  /** Writes what it is called with, and ends with a code. */
  const program = (name: string, code = 0): string => {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\nprintf '%s\\n' "$@" > ${path}.args\nexit ${code}\n`, { mode: 0o700 });
    return path;
  };
  const shown = (name: string): string => readFileSync(join(folder, `${name}.args`), 'utf8');

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'servonaut-browser-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is the one of BROWSER, which is given the address and no shell', async () => {
    expect(await openBrowser(URL, { browser: program('one'), display: false })).toBe(true);
    expect(shown('one')).toBe(`${URL}\n`);
  });

  it('may have arguments, among which the address has a place', async () => {
    const browser = `${program('one')} --new-window %s --quiet`;
    expect(await openBrowser(URL, { browser, display: true })).toBe(true);
    expect(shown('one')).toBe(`--new-window\n${URL}\n--quiet\n`);
  });

  it('is the first of several that does not fail', async () => {
    const browser = [join(folder, 'none'), program('two', 3), program('three'), program('four')].join(':');
    expect(await openBrowser(URL, { browser, display: true })).toBe(true);
    expect([shown('three'), existsSync(join(folder, 'four.args'))]).toEqual([`${URL}\n`, false]);
  });

  it('is none where all fail, nothing could be shown, or the address is of another kind', async () => {
    expect(await openBrowser(URL, { browser: program('one', 1), display: true })).toBe(false);
    expect(await openBrowser(URL, { browser: undefined, display: false })).toBe(false);
    expect(await openBrowser('file:///etc/passwd', { browser: program('two'), display: true })).toBe(false);
    expect(existsSync(join(folder, 'two.args'))).toBe(false);
  });
});
