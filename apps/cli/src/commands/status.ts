import { Command } from '@oclif/core';
import { PROFILE_FLAGS } from './profile-flag.ts';

export class Status extends Command {
  static override readonly summary = 'Show the executor of this profile, here and as the coordinator sees it.';
  static override readonly examples = ['<%= config.bin %> status', '<%= config.bin %> status --json'];
  static readonly json = '{"local": {…}, "coordinator": {…} | null, "error"?}';
  static override readonly flags = PROFILE_FLAGS;

  async run(): Promise<void> {
    const { flags } = await this.parse(Status);
    const [{ openSession }, { readStatus }, { leftOutOf }, { renderStatus, statusJson }, { exitCodeOf }] =
      await Promise.all([
        import('../session/session.ts'),
        import('../services/status-service.ts'),
        import('../services/plugins/left-out.ts'),
        import('../ui/render-status.ts'),
        import('../ui/render-error.ts'),
      ]);
    const session = openSession(flags.profile);
    const leftOut = leftOutOf(this.config.plugins.values());
    const status = await readStatus(session, leftOut, (message) => this.logToStderr(message));
    process.stdout.write(flags.json ? `${JSON.stringify(statusJson(status))}\n` : renderStatus(status));
    if (!('error' in status.coordinator)) return;
    if (!flags.json) throw status.coordinator.error;
    process.exitCode = exitCodeOf(status.coordinator.error);
  }
}
