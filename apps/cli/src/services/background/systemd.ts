import { join } from 'node:path';
import { ServonautError } from '@servonaut/contracts';
import type { Environment } from '../../session/environment.ts';
import { order, type ServiceManager } from './service-manager.ts';
import { systemdUnit } from './systemd-unit.ts';

/** What a unit is written for where nobody can say which systemd it is for. */
const NEWEST = Infinity;

/** The operator's own systemd, as `systemctl --user` has it. */
export function systemd(profile: string, { variables, home = '' }: Environment, user: string): ServiceManager {
  const unit = `servonaut@${profile}.service`;
  const configHome = variables['XDG_CONFIG_HOME'] ?? join(home, '.config');
  const systemctl = (...args: string[]): Promise<string> => order('systemctl', ['--user', ...args], variables);
  const version = async (): Promise<number> =>
    Number.parseInt(await systemctl('show', '--property=Version', '--value'));
  return {
    service: unit,
    file: join(configHome, 'systemd', 'user', unit),
    commands: [`systemctl --user status ${unit}`, `journalctl --user --unit ${unit} --follow`],
    text: async (plan) => systemdUnit(plan, await version().catch(() => NEWEST)),
    check: async () => {
      await version().catch(notThere);
    },
    start: async () => {
      await systemctl('daemon-reload');
      await systemctl('enable', unit);
      await systemctl('restart', unit);
    },
    stop: async () => {
      await systemctl('disable', '--now', unit);
    },
    forget: async () => {
      await systemctl('daemon-reload');
      // One that has failed would stay in the list of units.
      await systemctl('reset-failed', unit).catch(() => undefined);
    },
    notes: async () => lingering(await lingers(user, variables), user),
  };
}

function notThere(cause: unknown): never {
  throw new ServonautError('unavailable', {
    message: `There is no systemd here that you can give services to: ${(cause as Error).message}`,
    nextStep:
      'Where this user was become by su or sudo, log in as this user itself (ssh, or "machinectl shell USER@"). In a container or with another init, have that start "servonaut connect --plain --profile NAME" as this user, and not again after the exit codes 2, 76, 77, 78 and 79.',
    cause,
  });
}

/** Undefined where it cannot be told. */
async function lingers(user: string, variables: Readonly<NodeJS.ProcessEnv>): Promise<boolean | undefined> {
  const said = await order('loginctl', ['show-user', user, '--property=Linger', '--value'], variables).catch(() => '');
  return said === '' ? undefined : said === 'yes';
}

function lingering(isOn: boolean | undefined, user: string): string[] {
  if (isOn) return ['It starts with the machine, and stays when you log out, since this user lingers.'];
  return [
    `It runs while you are logged in. To have it start with the machine and stay when you log out: loginctl enable-linger ${user}`,
  ];
}
