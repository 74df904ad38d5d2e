import { UnlockedKeys } from './unlocked-keys.ts';

/** What the operator has entrusted to this process for reaching servers. */
export interface SshSecrets {
  readonly keys: UnlockedKeys;
  /** The password that sudo asks for on a server; undefined when there is none. Rejects when it is not known whether there is one. */
  sudoPassword(server: string): Promise<string | undefined>;
}

export const NO_SECRETS: SshSecrets = {
  keys: new UnlockedKeys(),
  sudoPassword: async () => undefined,
};
