import { Command, Flags } from '@oclif/core';
import { PROFILE_FLAGS } from '../profile-flag.ts';

export class AuditShow extends Command {
  static override readonly summary = 'Show what was asked of this machine, what was decided, and what came of it.';
  static override readonly description =
    'Reads the audit of the profile on this machine, the oldest of the last entries first; the coordinator is not asked. With --json one entry a line, as "audit verify" has verified it.';
  static override readonly examples = [
    '<%= config.bin %> audit show',
    '<%= config.bin %> audit show --since 24h --server web-1',
    '<%= config.bin %> audit show --request 019ab6f0-… --json',
  ];
  static readonly json = 'one a line: {"hash", "record": {"seq", "at", "kind", "request_id", "data", …}}';
  static override readonly flags = {
    ...PROFILE_FLAGS,
    since: Flags.string({ description: 'From then on: an instant, a date, or how long ago, such as 24h.' }),
    tool: Flags.string({ description: 'Only calls of this tool.' }),
    server: Flags.string({ description: 'Only calls on this server.' }),
    request: Flags.string({ description: 'Only this request, by id.' }),
    number: Flags.integer({ char: 'n', description: 'Most entries.', default: 50, min: 1 }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(AuditShow);
    const [{ openSession }, { instantOf, lastEntries }, { renderEntries }, { asciiJson }] = await Promise.all([
      import('../../session/session.ts'),
      import('../../services/local-audit/local-audit-entries.ts'),
      import('../../ui/render-local-audit.ts'),
      import('../../ui/plain-text.ts'),
    ]);
    const { tool, server, request } = flags;
    const since = flags.since === undefined ? undefined : instantOf(flags.since, Date.now());
    const { stateDir } = openSession(flags.profile).paths;
    const entries = lastEntries(stateDir, { since, tool, server, request }, flags.number);
    const lines = (): string => entries.map((entry) => `${asciiJson(entry)}\n`).join('');
    process.stdout.write(flags.json ? lines() : renderEntries(entries));
  }
}
