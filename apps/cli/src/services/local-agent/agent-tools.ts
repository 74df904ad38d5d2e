import {
  answerLookup,
  answerMany,
  answerRefusal,
  answerRequest,
  askedPace,
  askedTerms,
  callMany,
  checkArguments,
  checkServerCount,
  describeTool,
  GET_REQUEST,
  getRequestInput,
  invalidServers,
  namedServers,
  noServers,
  type CallHooks,
  type ChosenServers,
  type OutputBounds,
  type ToolDescription,
  type ToolResult,
} from '@servonaut/agent-tools';
import { ServonautError, type ExecutorManifest, type ServerEntry, type ToolManifest } from '@servonaut/contracts';
import type { Caller } from '../../policy/caller.ts';
import type { LocalCalls } from './local-calls.ts';

type Arguments = Readonly<Record<string, unknown>>;

export interface AgentToolsParts {
  readonly calls: LocalCalls;
  manifest(): Promise<ExecutorManifest>;
  servers(): readonly ServerEntry[];
  /** Most characters of output of one answer. */
  readonly answerLength: number;
  readonly serversPerCall: number;
  /** Told of what is a fault of ours, of which the agent learns no more than that. */
  readonly onFault: (message: string) => void;
}

/** The tools that an agent of this machine sees: as a coordinator shows them, without one. */
export class AgentTools {
  readonly #parts: AgentToolsParts;
  #manifests: readonly ToolManifest[] | undefined;

  constructor(parts: AgentToolsParts) {
    this.#parts = parts;
  }

  /** Sorted by name, and the one of its own. */
  async list(): Promise<ToolDescription[]> {
    return [...(await this.#read()), GET_REQUEST].map(describeTool);
  }

  /**
   * Runs a call to its end. Whatever goes wrong is an answer that a model can read and act on, with one exception:
   * @throws ServonautError `unknown_tool`, which MCP wants as a protocol error.
   */
  async call(caller: Caller, name: string, args: Arguments, hooks: CallHooks): Promise<ToolResult> {
    const server = typeof args['server'] === 'string' ? args['server'] : null;
    try {
      if (name === GET_REQUEST.name) return this.#lookUp(args);
      const manifest = await this.#find(name);
      if (args['servers'] !== undefined) return await this.#callMany(manifest, caller, args, hooks);
      const { view } = await this.#parts.calls.run({ manifest, args, caller }, hooks);
      return answerRequest(view, this.#bounds);
    } catch (error) {
      const known = this.#known(error, name);
      if (known.code === 'unknown_tool') throw known;
      return answerRefusal(known, server);
    }
  }

  async #callMany(manifest: ToolManifest, caller: Caller, args: Arguments, hooks: CallHooks): Promise<ToolResult> {
    const { name: tool } = manifest;
    const chosen = this.#choose(manifest, args);
    // No further server is begun when all are to end.
    const until = { ...hooks, signal: this.#parts.calls.cancelled(hooks) };
    const ends = await callMany(args, chosen, until, {
      run: (one) => this.#parts.calls.run({ manifest, args: one.args, caller }, one.hooks),
      known: (error) => this.#known(error, tool),
    });
    return answerMany(tool, ends, { ...chosen, length: this.#parts.answerLength });
  }

  #choose({ name: tool, target, combine }: ToolManifest, args: Arguments): ChosenServers {
    if (target !== 'server') throw invalidServers(tool, 'servers: expected none');
    const pace = askedPace(tool, args);
    const terms = askedTerms(tool, args);
    const { names, idle } = namedServers(tool, terms, this.#parts.servers());
    if (names.length === 0) throw noServers(tool, terms);
    checkServerCount(tool, names.length, this.#parts.serversPerCall);
    return { ...pace, names, idle, combine };
  }

  #lookUp(args: Arguments): ToolResult {
    checkArguments(GET_REQUEST, args);
    return answerLookup(this.#parts.calls.requests.get(getRequestInput.parse(args).request_id), this.#bounds);
  }

  async #find(name: string): Promise<ToolManifest> {
    const found = (this.#manifests ?? (await this.#read())).find((manifest) => manifest.name === name);
    if (found) return found;
    throw new ServonautError('unknown_tool', {
      message: `There is no tool named ${JSON.stringify(name.slice(0, 64))}.`,
    });
  }

  /** Also reads the servers anew. No plugin can replace the tool of its own. */
  async #read(): Promise<readonly ToolManifest[]> {
    const { tools } = await this.#parts.manifest();
    this.#manifests = tools
      .filter(({ name }) => name !== GET_REQUEST.name)
      .toSorted((one, other) => (one.name < other.name ? -1 : 1));
    return this.#manifests;
  }

  get #bounds(): OutputBounds {
    return { length: this.#parts.answerLength, bytes: null };
  }

  #known(error: unknown, tool: string): ServonautError {
    if (error instanceof ServonautError) return error;
    this.#parts.onFault(`${tool} failed unexpectedly: ${String(error)}`);
    return new ServonautError('internal', {
      message: 'Something went wrong on our side; if the call changes anything, it may or may not have run.',
      nextStep: 'Check the server before repeating anything that is not safe to repeat.',
      cause: error,
    });
  }
}
