import { join } from 'node:path';
import { ServonautError } from '@servonaut/contracts';
import type { Environment } from '../../session/environment.ts';
import { launchdPlist } from './launchd-plist.ts';
import { order, type ServiceManager } from './service-manager.ts';

/** launchd of macOS, in the session of the operator: there the keychain and the SSH agent are. */
export function launchd(profile: string, { variables, home = '' }: Environment, uid: number): ServiceManager {
  const label = `servonaut.connect.${profile}`;
  const file = join(home, 'Library', 'LaunchAgents', `${label}.plist`);
  const log = join(home, 'Library', 'Logs', `${label}.log`);
  const [domain, target] = [`gui/${uid}`, `gui/${uid}/${label}`];
  const launchctl = (...args: string[]): Promise<string> => order('launchctl', args, variables);
  const isLoaded = (): Promise<boolean> =>
    launchctl('print', target).then(
      () => true,
      () => false,
    );
  const stop = async (): Promise<void> => {
    if (await isLoaded()) await launchctl('bootout', target);
  };
  return {
    service: label,
    file,
    commands: [`launchctl print ${target}`, `tail -f ${log}`],
    text: async (plan) => launchdPlist(label, log, plan),
    check: async () => {
      await launchctl('print', domain).catch(notThere);
    },
    start: async () => {
      await stop();
      await launchctl('bootstrap', domain, file);
    },
    stop,
    forget: async () => undefined,
    notes: async () => [
      'It runs while you are logged in at this Mac.',
      'launchd cannot tell what only you can mend: it starts connect again once a minute then, too. The log says what is wrong; nothing empties it.',
    ],
  };
}

function notThere(cause: unknown): never {
  throw new ServonautError('unavailable', {
    message: `You have no session at this Mac that launchd could give services to: ${(cause as Error).message}`,
    nextStep: 'Log in at its screen, or by screen sharing, and do this again there.',
    cause,
  });
}
