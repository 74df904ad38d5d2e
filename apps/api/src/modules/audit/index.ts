export type { AuditEvent, EventActor } from './audit-event.ts';
export { AuditExport } from './audit-export.ts';
export { parseRow } from './audit-lines.ts';
export { AuditModule } from './audit.module.ts';
export { AuditQuery, type AuditCursor, type AuditFilter } from './audit-query.ts';
export { AuditTrail } from './audit-trail.ts';
export { HeadSigner } from './head-signer.ts';
export { redact } from './redaction.ts';
export { KeptArguments } from './kept-arguments.ts';
