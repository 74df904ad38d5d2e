import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ServonautError } from '@servonaut/contracts';
import writeFileAtomic from 'write-file-atomic';
import { lockHolder } from '../../journal/profile-lock.ts';
import { loadCredentials } from '../../session/credentials.ts';
import type { Session } from '../../session/session.ts';
import { operatorAccount } from '../session-inventory.ts';
import { tokensIn } from '../whoami-service.ts';
import { planBackground } from './background-plan.ts';
import { launchd } from './launchd.ts';
import type { ServiceManager } from './service-manager.ts';
import { systemd } from './systemd.ts';

/** What would become of the file of the service. */
export interface ServiceChange {
  readonly manager: ServiceManager;
  /** Undefined when there is none. */
  readonly before: string | undefined;
  /** Undefined when it is to be removed. */
  readonly after: string | undefined;
  readonly warnings: readonly string[];
}

/** @throws ServonautError `unavailable` where services are kept by something else */
export function serviceManager(session: Session, platform: NodeJS.Platform = process.platform): ServiceManager {
  const { environment, paths } = session;
  const { username, uid } = operatorAccount();
  if (platform === 'darwin') return launchd(paths.name, environment, uid);
  if (platform === 'linux') return systemd(paths.name, environment, username);
  throw new ServonautError('unavailable', {
    message: `Services are installed on Linux with systemd, and on macOS; not on ${platform}.`,
    nextStep: 'Have what starts services here run "servonaut connect --plain" as you.',
  });
}

/** @param root folder of our package @throws ServonautError `not_logged_in`, `unavailable`, `config_invalid` */
export async function plannedInstall(session: Session, root: string): Promise<ServiceChange> {
  const credentials = await loadCredentials(session.paths);
  const manager = serviceManager(session);
  await manager.check();
  const { plan, warnings } = planBackground(session, root);
  const isKeychain = tokensIn(session.paths, credentials) === 'keychain';
  const [before, after] = [await textOf(manager.file), await manager.text(plan)];
  return {
    manager,
    before,
    after,
    warnings: [
      ...warnings,
      ...(isKeychain ? [KEYCHAIN_WARNING] : []),
      ...(before === undefined ? runningWarning(session) : []),
    ],
  };
}

const KEYCHAIN_WARNING =
  'The tokens are in the keychain: the service waits until somebody has unlocked it, by logging in to the desktop. Where nobody does, set token_store to "file" and log in again.';

function runningWarning({ paths }: Session): string[] {
  const pid = lockHolder(paths.stateDir);
  if (pid === null) return [];
  return [`A connect of this profile runs already (pid ${pid}). The service tries again until that has ended.`];
}

/** The file as it would be, wherever this is. @throws ServonautError `unavailable`, `config_invalid` */
export async function serviceText(session: Session, root: string): Promise<string> {
  return serviceManager(session).text(planBackground(session, root).plan);
}

/** @throws ServonautError `unavailable` */
export async function plannedUninstall(session: Session): Promise<ServiceChange> {
  const manager = serviceManager(session);
  return { manager, before: await textOf(manager.file), after: undefined, warnings: [] };
}

/** Once the operator has agreed. What was done already is done again, so that an attempt that broke off can be made anew. @throws ServonautError */
export async function carryOut({ manager, before, after }: ServiceChange): Promise<void> {
  if (after !== undefined) {
    if (after !== before) await writeServiceFile(manager.file, after);
    await manager.start();
  } else if (before !== undefined) {
    await manager.check();
    await manager.stop();
    await rm(manager.file);
    await manager.forget();
  }
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ServonautError('config_invalid', { message: `${file} cannot be read.`, cause });
  }
}

async function writeServiceFile(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFileAtomic(file, text, { mode: 0o644 });
  } catch (cause) {
    throw new ServonautError('config_invalid', {
      message: `${file} cannot be written.`,
      nextStep: 'Make its folder writable for you, or make room on its disk.',
      cause,
    });
  }
}
