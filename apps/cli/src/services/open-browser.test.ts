import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess } from '@servonaut/testkit';
import { openBrowser } from './open-browser.ts';

const ADDRESS = 'https://example.com/device?a=$(touch%20x);b&c';

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
    expect(await openBrowser(ADDRESS, { browser: program('one'), display: false })).toBe(true);
    expect(shown('one')).toBe(`${ADDRESS}\n`);
  });

  it('may have arguments, among which the address has a place', async () => {
    const browser = `${program('one')} --new-window %s --quiet`;
    expect(await openBrowser(ADDRESS, { browser, display: true })).toBe(true);
    expect(shown('one')).toBe(`--new-window\n${ADDRESS}\n--quiet\n`);
  });

  it('is the first of several that does not fail', async () => {
    const browser = [join(folder, 'none'), program('two', 3), program('three'), program('four')].join(':');
    expect(await openBrowser(ADDRESS, { browser, display: true })).toBe(true);
    expect([shown('three'), existsSync(join(folder, 'four.args'))]).toEqual([`${ADDRESS}\n`, false]);
  });

  it('is none where all fail, nothing could be shown, or the address is of another kind', async () => {
    expect(await openBrowser(ADDRESS, { browser: program('one', 1), display: true })).toBe(false);
    expect(await openBrowser(ADDRESS, { browser: undefined, display: false })).toBe(false);
    expect(await openBrowser('file:///etc/passwd', { browser: program('two'), display: true })).toBe(false);
    expect(existsSync(join(folder, 'two.args'))).toBe(false);
  });

  it('may stay open when the process that opened it ends', async () => {
    const browser = join(folder, 'stays');
    const pidFile = join(folder, 'pid');
    writeFileSync(browser, `#!/bin/sh\necho $$ > ${pidFile}\nexec sleep 60\n`, { mode: 0o700 });
    const source = new URL('open-browser.ts', import.meta.url).href;
    const script = `const { openBrowser } = await import(process.argv[1]); console.log(await openBrowser('${ADDRESS}', { browser: '${browser}' }));`;
    const args = ['--conditions=@servonaut/source', '--input-type=module', '-e', script, source];
    const opener = await startProcess({ command: process.execPath, args });
    expect([await opener.exited, opener.output()]).toEqual([{ code: 0, signal: null }, 'true']);
    expect(process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL')).toBe(true);
  });
});
