#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { compileCacheDir } from '../dist/session/environment.js';

enableCompileCache(compileCacheDir());
const { main } = await import('../dist/main.js');
await main(process.argv.slice(2));
