import {
  FIRST_PARTY_TOOLS,
  ServonautError,
  showTemplate,
  WIRE_LIMITS,
  type CommandTemplate,
  type ToolManifest,
} from '@servonaut/contracts';
import type { Principal } from '../../auth/index.ts';
import { fillIn, inWords } from './filled-command.ts';

type Arguments = Readonly<Record<string, unknown>>;
type Caller = Pick<Principal, 'kind' | 'label' | 'commands'>;

const RUN_COMMAND = 'run_command';

/** Those that have nothing to do with the command. */
const SHARED_PROPERTIES = (() => {
  const { server, timeout_seconds } =
    FIRST_PARTY_TOOLS.find(({ name }) => name === RUN_COMMAND)?.input_schema.properties ?? {};
  return { server, timeout_seconds };
})();

const INTRODUCTION =
  'Runs one of the commands that were approved for you on one server, and returns its stdout, stderr and exit code. Give its name as "template", and ' +
  'in "parameters" a text for each word in braces, which has to fit its pattern (a regular expression, for the whole text) and reaches the command as ' +
  'one argument. The commands:';

/** The last words of a description that has no room for all commands. */
const ELSEWHERE = ' The others are named in the schema of "template".';

/**
 * The tool as its caller may call it. Whatever an executor has put in the place of `run_command`: for a caller who has approved commands alone, it takes
 * their names, and acts on a server.
 */
export function asCallableBy({ commands }: Caller, manifest: ToolManifest): ToolManifest {
  return commands && manifest.name === RUN_COMMAND ? templated(commands) : manifest;
}

/**
 * What the executor gets for the arguments, which have been checked against the tool as its caller may call it: the command that they make, so that an
 * executor need not know of templates.
 * @throws ServonautError `invalid_request` for parameters that do not fit
 */
export function approvedPayload({ commands }: Caller, tool: string, payload: Arguments): Arguments {
  if (!commands || tool !== RUN_COMMAND) return payload;
  const { template: name, parameters = {}, ...others } = payload;
  const template = commands.find((one) => one.name === name);
  if (!template) throw new ServonautError('invalid_request', { message: 'There is no approved command of that name.' });
  return { ...others, command: fillIn(template, parameters as Arguments) };
}

/** @throws ServonautError `not_entitled` for a command in the caller's own words, where only approved ones may be called */
export function refuseOwnWords({ kind, label, commands }: Caller, tool: string, args: Arguments): void {
  if (!commands || tool !== RUN_COMMAND || !Object.hasOwn(args, 'command')) return;
  const rule = `${kind}.${label}.commands`;
  throw new ServonautError('not_entitled', {
    message: `The ${kind} "${label}" may run approved commands only (rule: ${rule}).`,
    nextStep: `Call run_command with the name of one as "template"; tools/list has them. Ask whoever issued "${label}" to approve another.`,
    facts: { rule },
  });
}

function templated(commands: readonly CommandTemplate[]): ToolManifest {
  return {
    name: RUN_COMMAND,
    title: 'Run an approved command',
    description: description(commands),
    target: 'server',
    effect: 'privileged',
    idempotent: false,
    input_schema: {
      type: 'object',
      properties: {
        ...SHARED_PROPERTIES,
        template: { type: 'string', enum: commands.map(({ name }) => name), description: 'Name of the command.' },
        parameters: {
          type: 'object',
          description: 'A text for each word in braces.',
          additionalProperties: { type: 'string' },
        },
      },
      required: ['server', 'template'],
      additionalProperties: false,
    },
  };
}

/** As many commands as there is room for, whichever they are. Clients cut what is longer. All names are in the schema. */
function description(commands: readonly CommandTemplate[]): string {
  const whole = commands.reduce((text, command) => `${text} ${shown(command)}`, INTRODUCTION);
  if (whole.length <= WIRE_LIMITS.toolDescriptionLength) return whole;
  const room = WIRE_LIMITS.toolDescriptionLength - ELSEWHERE.length;
  const fitting = commands.reduce((text, command) => {
    const next = `${text} ${shown(command)}`;
    return next.length <= room ? next : text;
  }, INTRODUCTION);
  return fitting + ELSEWHERE;
}

function shown({ name, description: when, template, parameters }: CommandTemplate): string {
  const patterns = Object.entries(parameters).map(([parameter, may]) => `${parameter}: ${inWords(may)}`);
  const where = patterns.length > 0 ? ` with ${patterns.join(', ')}` : '';
  return `[${name}] ${showTemplate(template)}${where}${when === undefined ? '' : ` (${when})`};`;
}
