import { join } from 'node:path';
import { ServersFile } from '../../inventory/servers-file.ts';
import { policyNow } from '../policy/standing-policy-at.ts';
import { loadSourceCatalog } from '../source-catalog.ts';
import { failed, ok, warning, type Seen } from './finding.ts';
import type { Patient } from './patient.ts';

const REFRESH = 'Run "servonaut servers list --refresh", which says why.';

type Part = (patient: Patient) => Seen | readonly Seen[] | Promise<Seen | readonly Seen[]>;

const settings: Part = ({ settingsFault: fault }) => {
  const about = { subject: 'settings.yaml' };
  if (!fault) return ok('Understood, as are the variables that win over it.', about);
  const seen = failed(fault, about);
  return { ...seen, todo: `${seen.todo} Until then the defaults are used.` };
};

const servers: Part = async ({ session, plugins }) => {
  const file = new ServersFile(join(session.paths.configDir, 'servers.yaml'));
  await file.checkedSources(() => loadSourceCatalog(plugins));
  const { servers: own, sources } = await file.read();
  return ok(`${own.length} server(s), ${sources.length} source(s).`, { subject: 'servers.yaml' });
};

const policy: Part = ({ session }) => {
  const about = { subject: 'policy.yaml' };
  const { source } = policyNow(session);
  return ok(source === null ? 'There is none: agents may read, and you are asked for the rest.' : 'Understood.', about);
};

const inventory: Part = async (patient) => {
  const about = { subject: 'inventory' };
  const found = await patient.inventory();
  const failing = found.sources.filter(({ failure }) => failure !== null);
  const faults = [
    ...failing.map(({ name, failure }) =>
      warning(`The source ${name} could not be listed; what it found before holds.`, REFRESH, {
        ...about,
        detail: failure,
      }),
    ),
    ...found.warnings.map((what) =>
      warning(what, 'Mend it where the server is described; each has one name, in one place.', about),
    ),
  ];
  return faults.length > 0 ? faults : ok(`${found.servers.length} server(s) in all.`, about);
};

const PARTS: Readonly<Record<string, Part>> = {
  'settings.yaml': settings,
  'servers.yaml': servers,
  'policy.yaml': policy,
  inventory,
};

/** That what the operator wrote is understood: each file by itself. */
export async function configurationCheck(patient: Patient): Promise<Seen[]> {
  const seen = Object.entries(PARTS).map(async ([subject, part]) => {
    try {
      return await part(patient);
    } catch (error) {
      return failed(error, { subject });
    }
  });
  return withoutEchoes((await Promise.all(seen)).flat());
}

/** A file that is wrong leaves no inventory either: that is told once. */
function withoutEchoes(seen: readonly Seen[]): Seen[] {
  return seen.filter(({ what }, index) => !seen.slice(0, index).some((earlier) => earlier.what === what));
}
