/**
 * Loaded into a coordinator before it starts (`node --import`): its audit takes everything and keeps nothing. No setting does that, which is why
 * the bench reaches inside.
 */
interface Audit {
  readonly AuditTrail: { readonly prototype: Record<'record' | 'keep' | 'note', () => unknown> };
}

const audit = new URL('../../../apps/api/dist/modules/audit/index.js', import.meta.url).href;
const { AuditTrail } = (await import(audit)) as Audit;
AuditTrail.prototype.record = () => Promise.resolve();
AuditTrail.prototype.keep = () => Promise.resolve();
AuditTrail.prototype.note = () => undefined;
