import { listingCommand } from '../../rest-command.ts';
import { AUDIT_FILTERS } from './audit-filters.ts';
import { AdminAuditExport } from './export.ts';
import { AdminAuditVerify } from './verify.ts';

export const ADMIN_AUDIT_COMMANDS = {
  'admin:audit:export': AdminAuditExport,
  'admin:audit:list': listingCommand({
    summary: 'List what was recorded, the latest first.',
    examples: ['<%= config.bin %> admin audit list --all --json'],
    path: '/api/admin/audit',
    listing: 'audit',
    filters: AUDIT_FILTERS,
  }),
  'admin:audit:verify': AdminAuditVerify,
};
