import { defineInventorySource, z, type AnyInventorySource, type FoundInstance } from '@servonaut/plugin-sdk';
import { sourceContext, within } from '../../inventory/sources/source-context.ts';
import type { SourceEntry } from '../../inventory/sources/source-entry.ts';
import { hasInstances, type InstanceSources } from '../source-instances.ts';

/** What a cloud answers, which may be changed meanwhile. */
export interface Cloud {
  readonly machines?: readonly FoundInstance[];
  failure?: Error;
  readonly isSilent?: boolean;
  /** What was asked of it besides lists. */
  asked?: string[];
}

const TIMEOUT_MS = 50;

/** Clouds of these kinds, each an entry of its own. */
export function cloudsOf(
  clouds: Readonly<Record<string, Cloud>>,
  ...others: readonly AnyInventorySource[]
): InstanceSources {
  const sources = [...Object.entries(clouds).map(([kind, cloud]) => sourceOf(kind, cloud)), ...others];
  const host = { home: '/nonexistent', env: {}, folder: '/nonexistent' };
  return {
    read: async () => sources.filter(hasInstances).map((source) => ({ entry: entryOf(source.kind), source })),
    ask: (_source, { signal: given, warn }, ask) =>
      within(TIMEOUT_MS, given, (signal) => ask({}, sourceContext(host, { signal, warn }))),
  };
}

function entryOf(kind: string): SourceEntry {
  return { name: kind, kind, prefix: '', labels: {}, dnsNames: false, place: {}, options: {} };
}

function sourceOf(kind: string, cloud: Cloud): AnyInventorySource {
  const answered = async <Value>(value: Value): Promise<Value> => {
    if (cloud.failure) throw cloud.failure;
    return cloud.isSilent ? new Promise<Value>(() => undefined) : value;
  };
  return defineInventorySource({
    kind,
    options: z.object({}),
    list: async () => [],
    instances: () => answered(cloud.machines ?? []),
    control: {
      permission: 'the permission to write',
      change: async (_options, { id, action }) => {
        await answered(undefined);
        (cloud.asked ??= []).push(`${action} ${id}`);
      },
      state: async (_options, id) => answered(cloud.machines?.find((one) => one.id === id)?.state ?? 'other'),
    },
  });
}
