import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join, sep } from 'node:path';
import { errorRow, ServonautError, type ErrorCode } from '@servonaut/contracts';
import { LAST_RESULTS_MS } from '../../relay/relay-client.ts';
import { openProxies, secretProxies } from '../../session/proxies.ts';
import type { Session } from '../../session/session.ts';

/** What is to be kept running, whoever keeps it. */
export interface BackgroundPlan {
  readonly profile: string;
  /** Absolute paths: node, and what it is to run. */
  readonly program: readonly [string, string];
  /** All that it is started with besides what the session of the operator gives it. No secrets: anybody may read the file. */
  readonly variables: Readonly<Record<string, string>>;
  /** Seconds that it may take to end. */
  readonly stopSeconds: number;
}

export interface PlannedBackground {
  readonly plan: BackgroundPlan;
  /** What the operator should know before they agree. */
  readonly warnings: readonly string[];
}

/** Only the operator can mend these: whoever starts `connect` again and again should not then. Their exit codes are in docs/commands.md. */
const NEVER_AGAIN: readonly ErrorCode[] = [
  'invalid_request',
  'coordinator_key_changed',
  'not_logged_in',
  'config_invalid',
  'executor_disconnected',
];
export const FINAL_EXIT_CODES = [...new Set(NEVER_AGAIN.map((code) => errorRow(code).exit))];

/** Beyond all that `connect` waits for by itself when it is to end, in milliseconds. */
const STOP_MARGIN_MS = 15_000;

/** Folders that are emptied, or that npx and its like put packages into which nobody has installed. */
const TEMPORARY = ['/tmp', '/var/tmp', '/private/tmp', '/var/folders', '/private/var/folders'];
const UNINSTALLED = /\/(_npx|dlx(-[^/]*)?)\//;

/** @param root the folder of our package */
export function planBackground(session: Session, root: string, execPath = process.execPath): PlannedBackground {
  const { settings, environment, paths } = session;
  const folders = lastingFolders(environment.variables['PATH'] ?? '');
  const agent = environment.sshAuthSock;
  const variables = {
    // As launchd and systemd have it, programs are missing that the SSH configuration or an inventory source names.
    PATH: folders.join(delimiter),
    SERVONAUT_CONFIG_DIR: environment.configDir,
    SERVONAUT_STATE_DIR: environment.stateDir,
    ...(agent !== undefined && !isTemporary(agent) && { SSH_AUTH_SOCK: agent }),
    ...given(environment.variables, 'NODE_EXTRA_CA_CERTS'),
    ...openProxies(environment.variables),
  };
  const program = [nodeIn(folders, execPath), join(root, 'bin', 'run.js')] as const;
  const stopMs = settings.grace_seconds.value * 1_000 + settings.ssh_interrupt_grace_ms.value;
  const stopSeconds = Math.ceil(
    (stopMs + settings.ssh_terminate_grace_ms.value + LAST_RESULTS_MS + STOP_MARGIN_MS) / 1_000,
  );
  [...program, ...Object.values(variables)].forEach(refuseControl);
  return {
    plan: { profile: paths.name, program, variables, stopSeconds },
    warnings: [
      ...program.flatMap(programWarning),
      ...agentWarning(agent),
      ...proxyWarnings(environment),
      ...settingWarnings(settings),
    ],
  };
}

/** What another command of the operator will find, too. */
function lastingFolders(path: string): string[] {
  const isLasting = (folder: string): boolean =>
    isAbsolute(folder) && !isTemporary(folder) && !folder.endsWith(join(sep, 'node_modules', '.bin'));
  return [...new Set(path.split(delimiter).filter(isLasting))];
}

/** Where PATH has this very node, that is its place: the one behind it may have a version in its name, and be gone with the next. */
function nodeIn(folders: readonly string[], execPath: string): string {
  const own = realpathSync(execPath);
  const isOwn = (path: string): boolean => {
    try {
      return realpathSync(path) === own;
    } catch {
      return false;
    }
  };
  return folders.map((folder) => join(folder, 'node')).find(isOwn) ?? execPath;
}

function given(variables: Readonly<NodeJS.ProcessEnv>, name: string): Record<string, string> {
  const value = variables[name];
  return value ? { [name]: value } : {};
}

function isTemporary(path: string): boolean {
  return [tmpdir(), ...TEMPORARY].some((folder) => path.startsWith(`${folder}/`)) || UNINSTALLED.test(path);
}

function programWarning(path: string): string[] {
  if (!isTemporary(path)) return [];
  return [
    `${path} is in a folder that may be emptied: the service would not start any more. Install servonaut for good ("npm install --global servonaut") and do this again.`,
  ];
}

function agentWarning(agent: string | undefined): string[] {
  if (agent === undefined || !isTemporary(agent)) return [];
  return [
    `The SSH agent of this shell (${agent}) ends with it, so that the service does without. Keys in files need none; otherwise use an agent with a lasting address.`,
  ];
}

function proxyWarnings({ variables }: Session['environment']): string[] {
  const names = secretProxies(variables);
  if (names.length === 0) return [];
  return [
    `The service does not have ${names.join(', ')}, which may hold a password. Put it into a file of "systemctl --user edit" that is yours alone to read.`,
  ];
}

function settingWarnings(settings: Session['settings']): string[] {
  const names = Object.values(settings).flatMap(({ source }) => (source.startsWith('SERVONAUT_') ? [source] : []));
  if (names.length === 0) return [];
  return [`The service does not have ${names.join(', ')}, which is set in this shell. Put it into settings.yaml.`];
}

/** A line break would begin another line of the file. */
function refuseControl(value: string): void {
  if (!/\p{Cc}/u.test(value)) return;
  throw new ServonautError('config_invalid', {
    message: 'A path that the service would need has a line break or another control character in it.',
    nextStep: 'Give that folder another name. PATH, HOME and the SERVONAUT_ folders are where it can come from.',
  });
}
