#!/usr/bin/env node
import { readFileSync } from 'node:fs';
// As a namespace: a Node that is too old has no enableCompileCache, and must come as far as to be told so.
import * as nodeModule from 'node:module';

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const oldest = engines.node.slice('>='.length);
const isOlder = (version, than) => version.localeCompare(than, 'en', { numeric: true }) < 0;

if (isOlder(process.versions.node, oldest)) {
  process.stderr.write(
    `Error: servonaut needs Node ${oldest} or newer; this is ${process.versions.node}, ${process.execPath}.\n` +
      'Install a newer one, or put it first in PATH.\n',
  );
  process.exitCode = 78;
} else {
  const { compileCacheDir } = await import('../dist/session/environment.js');
  nodeModule.enableCompileCache(compileCacheDir());
  const { main } = await import('../dist/main.js');
  await main(process.argv.slice(2));
}
