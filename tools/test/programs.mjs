/** The programs that the tests start themselves: where they are, and how they get here. */
import { dirname, delimiter } from 'node:path';
import { findProgram } from '../../libs/testkit/src/find-program.ts';
import { installDebianPackages, whyNotInstall } from './debian-packages.mjs';

const PARTS = [
  { name: 'Redis', programs: ['redis-server'], debian: 'redis-server', services: ['redis-server'] },
  { name: 'PostgreSQL', programs: ['postgres', 'initdb'], debian: 'postgresql', services: ['postgresql'] },
  { name: 'the OpenSSH server', programs: ['sshd'], debian: 'openssh-server', services: ['ssh'] },
  { name: 'OpenSSL', programs: ['openssl'], debian: 'openssl', services: [] },
  { name: 'the OpenSSH client', programs: ['ssh', 'ssh-keygen'], debian: 'openssh-client', services: [] },
];
const GO = { programs: ['go'] };
const WITHOUT_GO =
  'Go is missing: install Go 1.26 or later from https://go.dev/dl. The tests against the reference Mercure hub cannot run.';

/** Their tests are skipped where they are missing, and in CI that is a failure. */
const SKIPPABLE = [
  ...['busybox', 'zsh', 'ksh', 'fish'].map((name) => ({
    name: `the shell ${name}`,
    programs: [name],
    debian: name,
    services: [],
  })),
  { name: 'sudo', programs: ['sudo'], debian: 'sudo', services: [] },
  { name: 'Chromium', programs: ['chromium'], debian: 'chromium', services: [] },
  { name: 'D-Bus', programs: ['dbus-run-session', 'dbus-send'], debian: 'dbus', services: [] },
  { name: 'systemd', programs: ['systemctl', 'systemd-analyze'], debian: 'systemd', services: [] },
  { name: 'tmux', programs: ['tmux'], debian: 'tmux', services: [] },
  { name: 'GNOME Keyring', programs: ['gnome-keyring-daemon'], debian: 'gnome-keyring', services: [] },
];

const lacks = (part) => part.programs.some((program) => !findProgram(program));

/**
 * Installs what is missing where that is allowed.
 * @returns {{failures: string[], warnings: string[]}} a message for each part that is still missing
 */
export function ensurePrograms({ ci }) {
  const missing = [...PARTS, ...SKIPPABLE].filter(lacks);
  const reason = missing.length > 0 ? whyNotInstall() : undefined;
  if (missing.length > 0 && !reason) {
    installDebianPackages(
      missing.map((part) => part.debian),
      missing.flatMap((part) => part.services),
    );
  }
  const messages = (parts) =>
    parts.filter(lacks).map((part) => missingMessage(part, reason ?? 'apt-get did not bring it'));
  const skipped = [...(lacks(GO) ? [WITHOUT_GO] : []), ...messages(SKIPPABLE)];
  return { failures: [...messages(PARTS), ...(ci ? skipped : [])], warnings: ci ? [] : skipped };
}

function missingMessage({ name, programs, debian }, reason) {
  return `${name} is missing (${programs.join(', ')}): install it (Debian: "apt-get install ${debian}"). Not done here: ${reason}.`;
}

/** PATH for everything that the tests start: the Node of the lock file first, and at the end the folders of what was found elsewhere. */
export function pathForChildren(repository) {
  const found = [...PARTS, GO]
    .flatMap((part) => part.programs)
    .map(findProgram)
    .filter(Boolean);
  const path = (process.env.PATH ?? '').split(delimiter);
  return [...new Set([`${repository}node_modules/.bin`, ...path, ...found.map((program) => dirname(program))])].join(
    delimiter,
  );
}
