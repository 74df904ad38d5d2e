import { pipeline } from 'node:stream/promises';
import { Command, Flags, type Interfaces } from '@oclif/core';
import { ServonautError } from '@servonaut/contracts';
import { PROFILE_FLAGS } from '../../profile-flag.ts';
import { filterFlags, narrowed, overRest } from '../../rest-command.ts';
import { AUDIT_FILTERS } from './audit-filters.ts';

const FLAGS = {
  ...PROFILE_FLAGS,
  format: Flags.string({ description: 'How it is written.', options: ['jsonl', 'csv'], default: 'jsonl' }),
};

export class AdminAuditExport extends Command {
  static override readonly summary = 'Write what was recorded to stdout, the oldest first.';
  static override readonly description =
    'As JSON Lines, all of it or of one chain, this is what "admin audit verify --file" takes. Exits with 81 when it broke off.';
  static override readonly examples = [
    '<%= config.bin %> admin audit export > audit.jsonl',
    '<%= config.bin %> admin audit export --kind signin.failed --from 2027-01-01T00:00:00Z --format csv',
  ];
  static readonly json = 'with --format jsonl, one a line: {"chain", "record", …}';
  static override readonly flags = { ...FLAGS, ...filterFlags(AUDIT_FILTERS) };

  async run(): Promise<void> {
    const { flags } = await this.parse(AdminAuditExport);
    const { profile, format } = flags as Interfaces.InferredFlags<typeof FLAGS>;
    const query = { format, ...narrowed(AUDIT_FILTERS, flags) };
    await overRest(this, profile, async (rest) => {
      const records = await rest.open('/api/admin/audit/export', query);
      await pipeline(records, process.stdout, { end: false }).catch(brokenOff);
    });
  }
}

/** Whoever stopped reading has what they wanted. */
function brokenOff(cause: NodeJS.ErrnoException): void {
  if (cause.code !== 'EPIPE') throw new ServonautError('audit_incomplete', { cause });
}
