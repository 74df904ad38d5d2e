import { z } from 'zod';

/** What a cloud's machine is doing. Whatever a cloud calls otherwise than these is `other`. */
export const INSTANCE_STATES = ['running', 'stopped', 'starting', 'stopping', 'other'] as const;
export type InstanceState = (typeof INSTANCE_STATES)[number];

export const INSTANCE_ACTIONS = ['start', 'stop', 'reboot'] as const;
export type InstanceAction = (typeof INSTANCE_ACTIONS)[number];

/** What a source knows of a machine, running or not. Its name and labels need not be fit for the coordinator yet. */
export const foundInstanceSchema = z.object({
  /** By which the source knows it again. It stays on the operator's machine. */
  id: z.string().min(1).max(1_024),
  /** As in `FoundServer`, so that the server of the same machine has the same name. Empty when it has none: it is then left out. */
  name: z.string().max(1_024),
  labels: z.record(z.string().min(1), z.string()),
  state: z.enum(INSTANCE_STATES),
  /** Its size, such as `t3.micro`. */
  type: z.string().max(1_024).optional(),
  /** Where it is, as finely as the cloud tells: `eu-central-1a`. */
  zone: z.string().max(1_024).optional(),
});

export interface FoundInstance extends Readonly<z.input<typeof foundInstanceSchema>> {
  readonly labels: Readonly<Record<string, string>>;
}
