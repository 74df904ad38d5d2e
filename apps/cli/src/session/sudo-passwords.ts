import { ServonautError } from '@servonaut/contracts';
import { z } from 'zod';
import type { SshTarget } from '../inventory/server.ts';
import { isRecognised, isSameMachine, machineOf } from '../ssh/machine.ts';
import { KeptSecrets } from './kept-secrets.ts';
import type { Session } from './session.ts';
import type { Keychain } from './system-keychain.ts';

const WITHOUT_KEYCHAIN =
  'Allow the commands without a password (NOPASSWD in sudoers), or run "servonaut connect" where there is a keychain.';

const KEPT = z.object({
  password: z.string(),
  machine: z.object({
    place: z.tuple([z.boolean(), z.string(), z.string(), z.number(), z.string().nullable()]),
    hostKeys: z.array(z.string()),
  }),
});

function otherMachine(server: string): ServonautError {
  return new ServonautError('sudo_refused', {
    message: `sudo on ${server} asks for a password, and the one that is stored is for another machine: the address, the user or the host key of ${server} has changed.`,
    nextStep: `The operator makes sure that it is the right one, and runs "servonaut servers sudo ${server}".`,
  });
}

/** The passwords that sudo asks for, one for each server of a profile: in the keychain of the machine, and nowhere else. */
export class SudoPasswords {
  readonly #kept: KeptSecrets;

  constructor(session: Pick<Session, 'paths' | 'settings'>, keychain?: Keychain) {
    this.#kept = new KeptSecrets(session, 'sudo', WITHOUT_KEYCHAIN, keychain);
  }

  /**
   * Undefined when there is none. Rejects when the keychain cannot be asked.
   * @throws ServonautError `sudo_refused` when it was stored for another machine than the one that `target` leads to
   */
  async get(server: string, target: SshTarget): Promise<string | undefined> {
    const text = await this.#kept.get(server);
    if (text === undefined) return undefined;
    const kept = parsed(text);
    if (!kept || !isSameMachine(kept.machine, await machineOf(target))) throw otherMachine(server);
    return kept.password;
  }

  /** @throws ServonautError `config_invalid` where there is no keychain that keeps it, `host_key_unknown` when the machine is not on record */
  async set(server: string, target: SshTarget, password: string): Promise<void> {
    const machine = await machineOf(target);
    if (!isRecognised(machine)) {
      throw new ServonautError('host_key_unknown', {
        message: `No host key of ${server} is on record, by which to know it again; nothing was stored.`,
        nextStep: `Run "servonaut servers trust ${server}" first.`,
      });
    }
    await this.#kept.put(server, JSON.stringify({ password, machine }));
  }

  /** @throws ServonautError `config_invalid` when the keychain cannot be asked */
  async remove(server: string): Promise<void> {
    await this.#kept.remove(server);
  }
}

/** What is not in this form, as a bare password, is for no machine that is known. */
function parsed(text: string): z.infer<typeof KEPT> | undefined {
  try {
    return KEPT.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
