export type { AuditEvent, EventActor } from './audit-event.ts';
export { AuditModule } from './audit.module.ts';
export { AuditTrail } from './audit-trail.ts';
export { KeptArguments } from './kept-arguments.ts';
