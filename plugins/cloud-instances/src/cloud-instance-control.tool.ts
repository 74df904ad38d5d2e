import {
  defineTool,
  INSTANCE_ACTIONS,
  ServonautError,
  z,
  type CloudInstance,
  type InstanceAction,
  type InstanceState,
  type ToolContext,
} from '@servonaut/plugin-sdk';
import { awaitedState } from './awaited-state.ts';
import { changeStep, ENDS_IN } from './change-step.ts';
import { findInstance } from './find-instance.ts';
import { instanceRow, instanceRowSchema, sourceNameSchema } from './instance-row.ts';

export const cloudInstanceControl = defineTool({
  name: 'cloud_instance_control',
  title: 'Control a cloud instance',
  description:
    'Starts, stops or reboots one machine at its cloud, by its name in list_cloud_instances. Use it for a machine that is stopped or does not answer any more; to reboot one that answers, run_command with reboot is gentler, and for a service on it there is service_control. The operator is asked each time, unless they have allowed it by a rule. It waits until the machine is started or stopped, up to wait_seconds; reached false says that it is on its way, and the same call again waits on: what is so already is not done again. After a reboot, or a start, check_status says when the server answers. Stopping asks the operating system first, which may take minutes, and its public address may be another one afterwards. When several machines have the name, say which by source and zone.',
  target: 'executor',
  effect: 'privileged',
  approval: 'always',
  input: z.object({
    name: z.string().min(1).max(128).describe('Name of the instance, as list_cloud_instances has it.'),
    action: z.enum(INSTANCE_ACTIONS).describe('What is done with it.'),
    source: sourceNameSchema.optional().describe('The source that has it, where several have one of this name: "aws".'),
    zone: z.string().min(1).max(64).optional().describe('Its zone, where one source has several of this name.'),
    wait_seconds: z
      .int()
      .min(0)
      .max(50)
      .default(40)
      .describe('How long to wait for it. 0 asks for it and does not wait.'),
  }),
  data: instanceRowSchema.omit({ is_server: true, labels: true }).extend({
    action: z.enum(INSTANCE_ACTIONS),
    /** Whether the cloud was asked; not where it was so already, or under way. */
    asked: z.boolean(),
    /** Whether it is as it was to be; null for a reboot, of which no cloud tells. */
    reached: z.boolean().nullable(),
  }),
  cli: {
    examples: [
      '<%= config.bin %> cloud-instance-control --name web-1 --action start',
      '<%= config.bin %> cloud-instance-control --name web-1 --action stop --source aws --zone eu-central-1a',
    ],
  },

  async preview(input, { instances, servers }) {
    const instance = findInstance(await instances.list(input.source), input);
    const { name, source, state, type, zone, labels, is_server: isServer } = instanceRow(instance, servers);
    const facts = { source, state, type, zone, ...labels };
    return {
      text: [
        `${input.action} the instance ${name} of ${source}`,
        ...Object.entries(facts).flatMap(([key, value]) => (value === null ? [] : [`  ${key}: ${value}`])),
        isServer ? `  It has the name of the server ${name}.` : '  No server has its name now.',
      ].join('\n'),
      basis: instance.key,
    };
  },

  async run(input, context) {
    const { instances, servers } = context;
    const { name, action } = input;
    const instance = findInstance(await instances.list(input.source), input);
    if (context.basis !== undefined && context.basis !== instance.key) throw new ServonautError('approval_stale');
    // A list may be older than the state of one.
    const step = changeStep(action, await instances.state(instance), name);
    if (step === 'ask') await instances.change(instance, action);
    const state = step === 'nothing' ? ENDS_IN[action] : await reached(instance, action, input.wait_seconds, context);
    const { is_server: _server, labels: _labels, ...row } = instanceRow(instance, servers);
    const end = ENDS_IN[action];
    const data = {
      ...row,
      ...(state && { state }),
      action,
      asked: step === 'ask',
      reached: end === undefined ? null : state === end,
    };
    return { output: text(data), data };
  },
});

async function reached(
  instance: CloudInstance,
  action: InstanceAction,
  seconds: number,
  { instances, signal, progress }: ToolContext,
): Promise<InstanceState | undefined> {
  const wanted = ENDS_IN[action];
  if (wanted === undefined || seconds === 0) return undefined;
  const onState = (state: InstanceState): void => progress({ text: `${instance.name} is ${state}` });
  return awaitedState(wanted, () => instances.state(instance), { mostMs: seconds * 1_000, signal, onState });
}

interface Done {
  readonly name: string;
  readonly source: string;
  readonly action: InstanceAction;
  readonly state: InstanceState;
  readonly asked: boolean;
  readonly reached: boolean | null;
}

function text({ name, source, action, state, asked, reached: isReached }: Done): string {
  const which = `${name} (${source})`;
  if (isReached === null) return `${which} is on its way to reboot; check_status says when it answers again.`;
  if (isReached)
    return asked ? `${which} is ${state}.` : `${which} is ${state} already; nothing was asked of the cloud.`;
  return `${which} is on its way: ${action} was ${asked ? 'taken by the cloud' : 'under way already'}, and it was ${state} last. Call this again to wait on.`;
}
