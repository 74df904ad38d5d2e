import { existsSync, mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { deadLinks, namedTests } from './page-links.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

it('finds no link in the documentation that leads nowhere', () => {
  expect(deadLinks(root)).toEqual([]);
});

it('finds every test that the threat model names, and one in each row that has a control', () => {
  const page = readFileSync(join(root, 'docs/security/threat-model.md'), 'utf8');
  const tests = namedTests(page);
  expect(tests.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  const threats = page
    .slice(page.indexOf('## Threats'), page.indexOf('## What is not'))
    .matchAll(/^\| (?!threat|---).*$/gm);
  expect([...threats].filter(([row]) => namedTests(row).length === 0).map(([row]) => row)).toEqual([]);
});

it('sees a file and a heading that are missing, and takes none from code', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pages-'));
  try {
    mkdirSync(join(folder, 'docs'));
    writeFileSync(join(folder, 'README.md'), '[a](docs/b.md) [b](docs/b.md#the-end) [c](docs/b.md#no) [d](no.md)\n');
    writeFileSync(join(folder, 'docs/b.md'), '# Start\n\n## The end\n\n`[e](no.md)`\n\n```\n[f](no.md)\n```\n');
    expect(deadLinks(folder).map(({ link }) => link)).toEqual(['docs/b.md#no', 'no.md']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
