import { ServonautError, type ServerEntry } from '@servonaut/contracts';
import {
  INSTANCE_STATES,
  type CloudInstance,
  type CloudInstances,
  type InstanceAction,
  type InstanceListing,
  type InstanceState,
  type SourceContext,
} from '@servonaut/plugin-sdk';
import { fitInstances, type KnownInstance } from '../inventory/sources/fit-instances.ts';
import { reasonOf } from '../inventory/sources/source-context.ts';
import { serversWithin } from '../policy/principal-servers.ts';
import type { CommandClass } from '../policy/shell/command-verdict.ts';
import type { InstanceSource, InstanceSources } from './source-instances.ts';

export interface CallInstancesParts {
  readonly sources: InstanceSources;
  readonly principal: Parameters<typeof serversWithin>[0];
  /** What was decided about the call. */
  readonly decided: CommandClass;
  readonly tool: string;
  /** @throws ServonautError `policy_denied` for one that the operator's rules about servers keep from the call */
  readonly checkMachine: (machine: ServerEntry) => void;
  readonly signal: AbortSignal;
  /** Tells the operator, and nobody else. */
  readonly tell: (message: string) => void;
}

interface Listed extends KnownInstance {
  readonly from: InstanceSource;
}

/**
 * The instances that one call may know of. A principal that is limited to some servers is limited to the instances that would be such servers. What a cloud
 * says of an error is for the operator: accounts and addresses are in it.
 */
export class CallInstances implements CloudInstances {
  readonly #parts: CallInstancesParts;
  readonly #listed = new Map<string, Listed>();

  constructor(parts: CallInstancesParts) {
    this.#parts = parts;
  }

  readonly list = async (source?: string): Promise<InstanceListing> => {
    const asked = chosen(await this.#read(), source);
    const answers = await Promise.all(asked.map((from) => this.#listOf(from)));
    return {
      instances: answers.flatMap(({ instances }) => instances),
      leftOut: answers.reduce((sum, { leftOut }) => sum + leftOut, 0),
      sources: asked.map(({ entry }) => entry.name),
      failed: answers.flatMap(({ failed }) => failed ?? []),
    };
  };

  readonly change = async (instance: CloudInstance, action: InstanceAction): Promise<void> => {
    const { decided, tool } = this.#parts;
    if (decided !== 'privileged') {
      throw new ServonautError('policy_denied', {
        message: `${tool} was to be ${decided}, but would ${action} an instance, which is privileged (rule tool.effect).`,
        facts: { rule: 'tool.effect' },
      });
    }
    const { from, control, id, shown } = this.#controlled(instance);
    this.#parts.checkMachine({ name: shown.name, labels: shown.labels });
    const needed = ` It takes ${control.permission}.`;
    await this.#asking(from, (options, context) => control.change(options, { id, action }, context), needed);
  };

  readonly state = async (instance: CloudInstance): Promise<InstanceState> => {
    const { from, control, id } = this.#controlled(instance);
    const state = await this.#asking(from, (options, context) => control.state(options, id, context));
    return INSTANCE_STATES.find((one) => one === state) ?? 'other';
  };

  /** A file that is broken is the operator's business: where it lies, and what is in it. */
  async #read(): Promise<readonly InstanceSource[]> {
    const { sources, signal, tell } = this.#parts;
    try {
      return await sources.read();
    } catch (cause) {
      signal.throwIfAborted();
      tell(`${reasonOf(cause)}.`);
      throw new ServonautError('unavailable', {
        message: 'What clouds there are cannot be read on the machine of the operator.',
        nextStep: SEEN,
        cause,
      });
    }
  }

  async #listOf(from: InstanceSource): Promise<Pick<InstanceListing, 'instances' | 'leftOut'> & Failed> {
    const { principal } = this.#parts;
    try {
      const found = await this.#asking(from, async (options, context) => {
        const given = await from.source.instances(options, context);
        return fitInstances(from.entry, given);
      });
      const mayKnow = new Set(
        serversWithin(
          principal,
          found.known.map(({ shown }) => shown),
        ),
      );
      const known = found.known.filter(({ shown }) => mayKnow.has(shown));
      for (const one of known) this.#listed.set(one.shown.key, { ...one, from });
      // How many more there are is none of a limited principal's business.
      const leftOut = known.length < found.known.length ? 0 : found.leftOut;
      return { instances: known.map(({ shown }) => shown), leftOut };
    } catch (error) {
      this.#parts.signal.throwIfAborted();
      return { instances: [], leftOut: 0, failed: { source: from.entry.name, reason: (error as Error).message } };
    }
  }

  #controlled({ key, name }: CloudInstance) {
    const listed = this.#listed.get(key);
    if (!listed) throw new ServonautError('not_found', { message: `There is no instance "${name}".` });
    const { control } = listed.from.source;
    if (control) return { ...listed, control };
    const message = `Instances of ${listed.from.entry.name} cannot be started or stopped from here.`;
    throw new ServonautError('not_found', { message, nextStep: 'Ask the operator.' });
  }

  /** @param needed what is told to whoever is refused */
  async #asking<Value>(from: InstanceSource, ask: Ask<Value>, needed = ''): Promise<Value> {
    const { sources, signal, tell } = this.#parts;
    const { name } = from.entry;
    const warn = (message: string): void => tell(`${name}: ${message}`);
    try {
      return await sources.ask(from, { signal, warn }, ask);
    } catch (error) {
      signal.throwIfAborted();
      warn(`${reasonOf(error)}.`);
      throw publicFault(name, error, needed);
    }
  }
}

type Ask<Value> = (options: unknown, context: SourceContext) => Promise<Value>;

interface Failed {
  readonly failed?: InstanceListing['failed'][number];
}

function chosen(sources: readonly InstanceSource[], name: string | undefined): readonly InstanceSource[] {
  if (name === undefined) return sources;
  const named = sources.filter(({ entry }) => entry.name === name);
  if (named.length > 0) return named;
  const names = sources.map(({ entry }) => entry.name).join(', ') || 'none';
  throw new ServonautError('not_found', {
    message: `There is no source "${name}" of instances. Those that there are: ${names}.`,
    nextStep: 'Call list_cloud_instances without source.',
  });
}

const SEEN = 'The operator sees why at "servonaut connect".';

/** By its code alone: the words are the cloud's. */
function publicFault(name: string, error: unknown, needed: string): ServonautError {
  const code = error instanceof ServonautError ? error.code : undefined;
  if (code === 'cloud_refused') {
    const message = `${name} does not let the operator's credentials do this.${needed}`;
    return new ServonautError('cloud_refused', { message, cause: error });
  }
  if (code === 'config_invalid') {
    const message = `The operator's credentials for ${name} are missing, or ${name} does not take them.`;
    return new ServonautError('cloud_refused', { message, nextStep: SEEN, cause: error });
  }
  return new ServonautError('unavailable', {
    message: `${name} did not answer as it should.`,
    nextStep: `Try again in a moment. ${SEEN}`,
    cause: error,
  });
}
