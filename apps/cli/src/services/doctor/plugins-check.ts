import { leftOutOf } from '../plugins/left-out.ts';
import { failed, ok, type Seen } from './finding.ts';
import type { Patient } from './patient.ts';

/** That every plugin which the operator has allowed is loaded. */
export function pluginsCheck({ plugins }: Pick<Patient, 'plugins'>): Seen[] {
  const faults = leftOutOf(plugins).map(({ name, fault }) => failed(fault, { subject: name }));
  if (faults.length > 0) return faults;
  const added = plugins.filter(({ type }) => type === 'user');
  return [ok(added.length === 0 ? 'None of others is loaded.' : `${added.length} of others are loaded.`)];
}
