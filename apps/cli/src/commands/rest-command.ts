import { Args, Command, Flags, type Interfaces } from '@oclif/core';
import type { z } from 'zod';
import type { LISTINGS } from '../services/rest/listings.ts';
import type { Query, RestClient } from '../services/rest/rest-client.ts';
import { PROFILE_FLAGS } from './profile-flag.ts';

/** Commands over REST are alike: what differs is said by each, and the rest is here. */
interface Words {
  readonly summary: string;
  readonly description?: string;
  readonly examples?: string[];
}

/** What the coordinator answers; undefined when there is nothing to show. */
type Answer = Readonly<Record<string, unknown>> | undefined;

/** What narrows a list: a flag, and what the coordinator calls it. */
export interface Filter {
  readonly description: string;
  readonly options?: string[];
  /** Default: the name of the flag. */
  readonly query?: string;
}

export interface ListingCommand extends Words {
  /** Address of the list; `{name}` in it is an argument. */
  readonly path: string;
  readonly listing: keyof typeof LISTINGS;
  readonly filters?: Readonly<Record<string, Filter>>;
}

const LIST_FLAGS = {
  ...PROFILE_FLAGS,
  all: Flags.boolean({ description: 'All that there is, page after page.', exclusive: ['limit'] }),
  limit: Flags.integer({ description: 'Most of them, up to 200.', min: 1, max: 200 }),
  cursor: Flags.string({ description: 'Where to go on, from the answer before.' }),
};

export function listingCommand({ path, listing, filters = {}, ...words }: ListingCommand): Command.Class {
  return class Listing extends Command {
    static override readonly summary = words.summary;
    static override readonly description = words.description;
    static override readonly examples = words.examples ?? [];
    static readonly json = async () => (await import('../services/rest/listings.ts')).LISTINGS[listing].schema;
    static override readonly args = argsOf(path);
    static override readonly flags = { ...LIST_FLAGS, ...filterFlags(filters) };

    async run(): Promise<void> {
      const { flags, args } = await this.parse(Listing);
      const { profile, json, all, limit, cursor } = flags as Interfaces.InferredFlags<typeof LIST_FLAGS>;
      const [{ LISTINGS: listings, readListing, rowsOf }, { renderList }] = await Promise.all([
        import('../services/rest/listings.ts'),
        import('../ui/render-resource.ts'),
      ]);
      const one = listings[listing];
      const query = { limit, cursor, ...narrowed(filters, flags) };
      const page = await overRest(this, profile, (rest) =>
        readListing(rest, addressOf(path, args), one, { all, query }),
      );
      if (json) return this.log(JSON.stringify(page));
      process.stdout.write(renderList(rowsOf(page, one), one.columns));
      if (page.next_cursor !== null) this.logToStderr(`There are more: give --all, or --cursor ${page.next_cursor}`);
    }
  };
}

export function filterFlags(filters: Readonly<Record<string, Filter>>): Interfaces.FlagInput {
  return Object.fromEntries(
    Object.entries(filters).map(([name, { description, options }]) => [
      name,
      Flags.string({ description, ...(options && { options }) }),
    ]),
  );
}

/** The part of the query that the flags say. */
export function narrowed(filters: Readonly<Record<string, Filter>>, flags: Readonly<Record<string, unknown>>): Query {
  return Object.fromEntries(
    Object.entries(filters).map(([name, { query = name }]) => [query, flags[name] as string | undefined]),
  );
}

export interface ActingCommand<F extends Record<string, unknown>> extends Words {
  /** Address of what it is about; `{name}` in it is an argument. */
  readonly path: string;
  readonly flags?: Interfaces.FlagInput<F>;
  /** Of what the coordinator answers. */
  readonly schema: () => Promise<z.ZodType<Answer>>;
  readonly act: (rest: RestClient, path: string, schema: z.ZodType<Answer>, flags: F) => Promise<Answer>;
  /** What is said when there is nothing to show. */
  readonly done?: string;
}

/** A command that shows, makes, changes or ends one thing. */
export function actingCommand<F extends Record<string, unknown>>(command: ActingCommand<F>): Command.Class {
  const { path, act, schema, done } = command;
  return class Acting extends Command {
    static override readonly summary = command.summary;
    static override readonly description = command.description;
    static override readonly examples = command.examples ?? [];
    static readonly json = schema;
    static override readonly args = argsOf(path);
    static override readonly flags = { ...PROFILE_FLAGS, ...command.flags };

    async run(): Promise<void> {
      const { flags, args } = await this.parse(Acting);
      const { profile, json } = flags as Interfaces.InferredFlags<typeof PROFILE_FLAGS>;
      const answers = await schema();
      const answer = await overRest(this, profile, (rest) =>
        act(rest, addressOf(path, args), answers, flags as unknown as F),
      );
      if (answer) return showAnswer(this, answer, json);
      if (!json) this.log(done);
    }
  };
}

export interface ChangingCommand<F extends Record<string, unknown>> extends Words {
  readonly path: string;
  readonly flags: Interfaces.FlagInput<F>;
  readonly schema: () => Promise<z.ZodType<Versioned>>;
  /** @returns what is to change; nothing, when no flag was given */
  readonly change: (flags: F) => Promise<object>;
}

type Versioned = Readonly<Record<string, unknown>> & { readonly version: number };

/** A command that changes something as it was read, so that what somebody else changes meanwhile is not lost. */
export function changingCommand<F extends Record<string, unknown>>(command: ChangingCommand<F>): Command.Class {
  const { path } = command;
  return class Changing extends Command {
    static override readonly summary = command.summary;
    static override readonly description = command.description;
    static override readonly examples = command.examples ?? [];
    static readonly json = command.schema;
    static override readonly args = argsOf(path);
    static override readonly flags = { ...PROFILE_FLAGS, ...command.flags };

    async run(): Promise<void> {
      const { flags, args } = await this.parse(Changing);
      const { profile, json } = flags as Interfaces.InferredFlags<typeof PROFILE_FLAGS>;
      const [{ changeAsRead }, { renderChanges }, schema, change] = await Promise.all([
        import('../services/rest/change-as-read.ts'),
        import('../ui/render-resource.ts'),
        command.schema(),
        command.change(flags as unknown as F),
      ]);
      const address = addressOf(path, args);
      const { before, after } = await overRest(this, profile, (rest) => changeAsRead(rest, address, schema, change));
      if (!json) process.stderr.write(renderChanges(before, after));
      await showAnswer(this, after, json);
    }
  };
}

/** To stdout; but for a token that is shown this once, which stands there alone, the rest goes to stderr. */
export async function showAnswer(
  command: Command,
  answer: Readonly<Record<string, unknown>>,
  json: boolean,
): Promise<void> {
  if (json) return command.log(JSON.stringify(answer));
  const [{ renderResource }, { plainText }] = await Promise.all([
    import('../ui/render-resource.ts'),
    import('../ui/plain-text.ts'),
  ]);
  const { token, ...rest } = answer;
  if (typeof token !== 'string') return void process.stdout.write(renderResource(answer));
  process.stderr.write(renderResource(rest));
  process.stderr.write('Its token, which is shown this once:\n');
  process.stdout.write(`${plainText(token)}\n`);
}

export async function overRest<T>(
  command: Command,
  profile: string | undefined,
  work: (rest: RestClient) => Promise<T>,
): Promise<T> {
  const { withRest } = await import('../services/rest/open-rest.ts');
  return withRest({ profile, warn: (message) => command.logToStderr(message) }, work);
}

const PARAMETER = /\{(\w+)\}/g;

function argsOf(path: string): Interfaces.ArgInput {
  const names = [...path.matchAll(PARAMETER)].map(([, name = '']) => name);
  return Object.fromEntries(
    names.map((name) => [name, Args.string({ description: ARGUMENTS[name] ?? 'Its id.', required: true })]),
  );
}

const ARGUMENTS: Readonly<Record<string, string>> = {
  user: 'Id of the user, as "admin users list" shows it.',
  plan: 'Name of the plan.',
  team: 'Id of the team.',
};

function addressOf(path: string, args: Readonly<Record<string, unknown>>): string {
  return path.replaceAll(PARAMETER, (_, name: string) => encodeURIComponent(String(args[name])));
}
