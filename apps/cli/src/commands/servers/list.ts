import { Command } from '@oclif/core';
import { PROFILE_FLAGS } from '../profile-flag.ts';

export class ServersList extends Command {
  static override readonly summary = 'List the servers of this profile and where each is described.';
  static override readonly flags = PROFILE_FLAGS;

  async run(): Promise<void> {
    const { flags } = await this.parse(ServersList);
    const [{ openSession }, { sessionInventory }, { renderServers, serversJson }] = await Promise.all([
      import('../../session/session.ts'),
      import('../../services/session-inventory.ts'),
      import('../../ui/render-servers.ts'),
    ]);
    const inventory = await sessionInventory(openSession(flags.profile));
    process.stdout.write(flags.json ? `${JSON.stringify(serversJson(inventory))}\n` : renderServers(inventory));
  }
}
