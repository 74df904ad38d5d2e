import { ServonautError, z, type FoundInstance, type InstanceAction, type InstanceState } from '@servonaut/plugin-sdk';
import type { CloudApi } from '@servonaut/plugin-sdk/cloud';
import { rows, type Asked } from './resources.ts';
import { labelsOf } from './servers.ts';

const ALL_MACHINES = `resources
| where type =~ 'microsoft.compute/virtualmachines'
| project id, name, location, tags, zones, vm = tostring(properties.vmId), size = tostring(properties.hardwareProfile.vmSize), power = tostring(properties.extended.instanceView.powerState.code)
| order by id asc`;

/** Of `Microsoft.Compute/virtualMachines`. */
const API_VERSION = '2024-07-01';

const machineSchema = z.object({
  id: z.string(),
  /** One that is made anew has the id of one of its name that is deleted, and not this. */
  vm: z.string().nullish(),
  name: z.string(),
  location: z.string(),
  tags: z.record(z.string(), z.string()).nullish(),
  zones: z.array(z.string()).nullish(),
  size: z.string().nullish(),
  power: z.string().nullish(),
});

/** https://learn.microsoft.com/en-us/azure/virtual-machines/states-billing */
const STATES: ReadonlyMap<string, InstanceState> = new Map([
  ['powerstate/running', 'running'],
  ['powerstate/starting', 'starting'],
  ['powerstate/stopping', 'stopping'],
  ['powerstate/deallocating', 'stopping'],
  ['powerstate/stopped', 'stopped'],
  ['powerstate/deallocated', 'stopped'],
]);
const stateOf = (power: string | null | undefined): InstanceState => STATES.get(power?.toLowerCase() ?? '') ?? 'other';

/** All machines, as the graph has them: some seconds ago. */
export async function instancesOf(asked: Asked): Promise<FoundInstance[]> {
  const machines = await rows(ALL_MACHINES, machineSchema, asked);
  return machines.map(({ id: path, vm, name, location, tags, zones, size, power }) => {
    const id = vm ? `${path}#${vm}` : path;
    const zone = [location, ...(zones ?? [])].join('-');
    return { id, name, labels: labelsOf(location, tags), state: stateOf(power), zone, ...(size && { type: size }) };
  });
}

/** An id is a path of the interface, to which the operator's token is sent: of a machine, and of nothing else; and which machine that is. */
const MACHINE =
  /^(\/subscriptions\/[\da-f-]{36}\/resourceGroups\/[^/?#\\\s%]+\/providers\/Microsoft\.Compute\/virtualMachines\/[^/?#\\\s%]+)(?:#[\da-f-]{36})?$/i;

function pathOf(id: string): string {
  const path = MACHINE.exec(id)?.[1];
  if (path === undefined || path.split('/').some((part) => /^\.+$/.test(part)))
    throw new ServonautError('unavailable', { message: 'Azure has given a machine an id that is none.' });
  return path;
}

/** Deallocated, as the portal stops it: one that is merely powered off is paid for. https://learn.microsoft.com/en-us/rest/api/compute/virtual-machines */
const ACTIONS = { start: 'start', stop: 'deallocate', reboot: 'restart' } as const;

export async function changeMachine(api: CloudApi, id: string, action: InstanceAction): Promise<void> {
  await api.post(`${pathOf(id)}/${ACTIONS[action]}`, { query: { 'api-version': API_VERSION } });
}

const viewSchema = z.object({ statuses: z.array(z.object({ code: z.string() })).default([]) });

/** As the machine's own provider knows it, at once. https://learn.microsoft.com/en-us/rest/api/compute/virtual-machines/instance-view */
export async function machineState(api: CloudApi, id: string): Promise<InstanceState> {
  const answer = await api.get(`${pathOf(id)}/instanceView`, { 'api-version': API_VERSION });
  const codes = viewSchema.parse(answer).statuses.map(({ code }) => code);
  return stateOf(codes.find((code) => /^powerstate\//i.test(code)));
}
