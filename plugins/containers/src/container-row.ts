import { z } from '@servonaut/plugin-sdk';

const STATES = ['running', 'exited', 'created', 'restarting', 'paused', 'dead', 'unknown'] as const;

export const containerRowSchema = z.object({
  id: z.string(),
  name: z.string(),
  image: z.string(),
  running: z.boolean(),
  state: z.enum(STATES),
  /** Of a container with a health check: healthy, unhealthy, starting. */
  health: z.string().nullable(),
  exit_code: z.int().nullable(),
  /** In the words of what runs it, such as `Up 3 hours (healthy)`. */
  status: z.string(),
  ports: z.string(),
});
export type ContainerRow = z.infer<typeof containerRowSchema>;

/** What the runtimes are asked to print, with `|` between: no name, image or port has one. */
export const ROW_FORMAT = '{{.ID}}|{{.Names}}|{{.Image}}|{{.Status}}|{{.Ports}}';

export function parseContainers(stdout: string): ContainerRow[] {
  return stdout
    .split('\n')
    .map((line) => line.split('|'))
    .filter((fields) => fields.length === 5)
    .map(rowOf);
}

function rowOf([id = '', name = '', image = '', status = '', ports = '']: readonly string[]): ContainerRow {
  const state = stateOf(status);
  const exit = /^(?:Exited|Restarting) \((\d+)\)/i.exec(status)?.[1];
  return {
    id: id.slice(0, 12),
    name,
    image,
    running: state === 'running',
    state,
    health: /\((?:health: )?(healthy|unhealthy|starting)\)/.exec(status)?.[1] ?? null,
    exit_code: exit === undefined ? null : Number(exit),
    status,
    ports,
  };
}

function stateOf(status: string): ContainerRow['state'] {
  if (/\(Paused\)/i.test(status)) return 'paused';
  const word = /^[A-Za-z]+/.exec(status)?.[0].toLowerCase() ?? '';
  if (word === 'up') return 'running';
  return STATES.find((state) => state === word) ?? 'unknown';
}
