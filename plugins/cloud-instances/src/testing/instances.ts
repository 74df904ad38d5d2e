import type { CloudInstance, CloudInstances, InstanceAction, InstanceState } from '@servonaut/plugin-sdk';

export function anInstance(name: string, changes: Partial<CloudInstance> = {}): CloudInstance {
  const place = { source: 'aws', type: 't3.micro', zone: 'eu-central-1a' };
  return { name, ...place, state: 'running', labels: { role: 'web' }, key: name, ...changes };
}

/** Clouds whose machines do as they are told. */
export class ObedientClouds implements CloudInstances {
  readonly asked: string[] = [];
  instances: CloudInstance[];
  failed: { source: string; reason: string }[] = [];
  leftOut = 0;

  constructor(...instances: CloudInstance[]) {
    this.instances = instances;
  }

  readonly list = async (source?: string) => {
    const sources = [...new Set([...this.instances, ...this.failed].map((one) => one.source))];
    const instances = this.instances.filter((one) => source === undefined || one.source === source);
    return { instances, leftOut: this.leftOut, sources, failed: source === undefined ? this.failed : [] };
  };

  readonly change = async (instance: CloudInstance, action: InstanceAction) => {
    this.asked.push(`${action} ${instance.name} of ${instance.source}`);
    const state = action === 'stop' ? 'stopped' : 'running';
    this.instances = this.instances.map((one) => (one.key === instance.key ? { ...one, state } : one));
  };

  readonly state = async ({ key }: CloudInstance): Promise<InstanceState> =>
    this.instances.find((one) => one.key === key)?.state ?? 'other';
}
