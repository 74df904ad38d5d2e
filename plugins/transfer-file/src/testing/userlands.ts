import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import type { LocalContextOptions } from '@servonaut/plugin-sdk/testing';

type Userland = readonly [name: string, options: Pick<LocalContextOptions, 'shell' | 'env'>];

const BUSYBOX = '/usr/bin/busybox';

/** What this machine has, and nothing but busybox where it has that. */
export function userlands(): readonly Userland[] {
  const own: Userland = ['the programs of this machine', {}];
  if (!existsSync(BUSYBOX)) return [own];
  const folder = mkdtempSync(join(tmpdir(), 'servonaut-busybox-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  execFileSync(BUSYBOX, ['--install', '-s', folder]);
  return [own, ['busybox', { shell: [BUSYBOX, 'sh'], env: { PATH: folder } }]];
}
