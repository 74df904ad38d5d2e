/** Installing servers from Debian's packages without starting a single one of them. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

/** Asked by maintainer scripts before they start a service; 101 means "you may not". See invoke-rc.d(8). */
const POLICY = '/usr/sbin/policy-rc.d';
const FORBIDDEN = 101;

/** Why packages cannot be installed on this machine, or undefined when they can. */
export function whyNotInstall() {
  if (process.getuid?.() !== 0) return 'only root can install packages';
  if (!/^ID(_LIKE)?=.*(debian|ubuntu)/m.test(readIfThere('/etc/os-release')) || !existsSync('/usr/bin/apt-get'))
    return 'this is not Debian or Ubuntu';
  if (existsSync(POLICY) && spawnSync(POLICY, ['redis-server', 'start']).status !== FORBIDDEN)
    return `${POLICY} would let the packages start services`;
  return undefined;
}

/**
 * Installs packages and keeps their services from starting, now and at the next boot. Whether the programs are there afterwards is for
 * the caller to see.
 */
export function installDebianPackages(packages, services) {
  console.log(`installing ${packages.join(', ')} with apt-get; no service is started`);
  const ours = !existsSync(POLICY);
  if (ours) writeFileSync(POLICY, `#!/bin/sh\nexit ${FORBIDDEN}\n`, { mode: 0o755 });
  try {
    apt('update');
    apt('install', '--yes', '--no-install-recommends', ...packages);
  } finally {
    if (ours) rmSync(POLICY);
  }
  // There is no systemctl in most containers, and nothing that would start a service either.
  if (existsSync('/usr/bin/systemctl'))
    spawnSync('systemctl', ['--quiet', 'disable', ...services], { stdio: ['ignore', 'inherit', 'inherit'] });
}

function apt(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_SUSPEND: '1' };
  const { status } = spawnSync('apt-get', ['-qq', ...args], { stdio: ['ignore', 'inherit', 'inherit'], env });
  if (status !== 0) console.error(`apt-get ${args[0]} failed`);
}

function readIfThere(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
