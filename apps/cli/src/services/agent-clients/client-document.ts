import { isDeepStrictEqual } from 'node:util';
import { ServonautError } from '@servonaut/contracts';
import type { AgentClient, EntryFields } from './agent-client.ts';
import type { Document, EntryEdit } from './entry-edit.ts';
import { editJson, readJson } from './json-document.ts';
import { editToml, readToml } from './toml-document.ts';

interface Format {
  /** @throws Error that says what is wrong with the text */
  readonly read: (text: string) => Document;
  readonly edit: (text: string, edit: EntryEdit) => string;
}

const FORMATS: Readonly<Record<AgentClient['format'], Format>> = {
  json: { read: readJson, edit: editJson },
  toml: { read: readToml, edit: editToml },
};

/**
 * The text of a client's file with the entry, or without it; all else in it is as it was, comments too.
 * @throws ServonautError `config_invalid` for a text that cannot be read, or in which the entry cannot be written without a change of something else
 */
export function editedText(client: AgentClient, text: string, name: string, written?: EntryFields): string {
  if (text.startsWith(BYTE_ORDER_MARK)) return BYTE_ORDER_MARK + editedText(client, text.slice(1), name, written);
  const { file, format, section } = client;
  const { read, edit } = FORMATS[format];
  const before = readOrRefuse(file, text, read);
  const servers = sectionOf(file, before, section);
  const fields = written && withOwnSettings(written, servers[name]);
  if (isSame(servers[name], fields)) return text;
  const { [name]: _, ...others } = servers;
  const wanted = { ...before, [section]: { ...others, ...(fields && { [name]: fields }) } };
  const edited = edit(text, { section, name, fields });
  // What was written is read again: a text may be written in ways that an edit does not foresee.
  if (isSame(withoutEmpty(readAgain(edited, read), section), withoutEmpty(wanted, section))) return edited;
  throw refusal(file, 'is written in a way in which this cannot be changed safely');
}

/** What the operator has set for our server besides, such as how long the client waits for it, stays. Of what is another server, nothing does. */
function withOwnSettings(written: EntryFields, found: unknown): Document {
  if (!isDocument(found) || !reachesTheSame(found, written)) return written;
  const others = Object.entries(found).filter(([key]) => !WAY_FIELDS.has(key));
  const env = { ...(isDocument(found['env']) && found['env']), ...(isDocument(written['env']) && written['env']) };
  return { ...Object.fromEntries(others), ...written, ...(Object.keys(env).length > 0 && { env }) };
}

/** What says how a server is reached. */
const WAY_FIELDS = new Set(['type', 'url', 'httpUrl', 'command', 'args']);

function reachesTheSame(found: Document, written: EntryFields): boolean {
  const addressOf = (entry: Document): unknown => entry['url'] ?? entry['httpUrl'];
  if (addressOf(written) !== undefined) return addressOf(found) === addressOf(written);
  const isServe = (arg: unknown, at: number, args: readonly unknown[]): boolean =>
    arg === 'serve' && args[at - 1] === 'mcp';
  return Array.isArray(found['args']) && found['args'].some(isServe);
}

function readAgain(text: string, read: Format['read']): Document {
  try {
    return read(text);
  } catch {
    return {};
  }
}

/** What editors of other systems begin a text with, which is none of its words. */
const BYTE_ORDER_MARK = '\uFEFF';

/** As values of JSON. */
function isSame(one: unknown, other: unknown): boolean {
  const [plain, otherPlain] = [one, other].map((value) => JSON.stringify(value) ?? 'undefined');
  return isDeepStrictEqual(plain && fromJson(plain), otherPlain && fromJson(otherPlain));
}

const fromJson = (text: string): unknown => (text === 'undefined' ? undefined : (JSON.parse(text) as unknown));

/** An empty section says as much as none. */
function withoutEmpty(document: Document, section: string): Document {
  const { [section]: servers, ...others } = document;
  return servers === undefined || Object.keys(servers as object).length === 0 ? others : document;
}

function sectionOf(file: string, document: Document, section: string): Document {
  const { [section]: servers = {} } = document;
  if (isDocument(servers)) return servers;
  throw refusal(file, `has something else than servers in "${section}"`);
}

function isDocument(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readOrRefuse(file: string, text: string, read: Format['read']): Document {
  try {
    return read(text);
  } catch (cause) {
    throw refusal(file, 'cannot be read', cause);
  }
}

function refusal(file: string, why: string, cause?: unknown): ServonautError {
  const detail = cause instanceof Error ? `: ${cause.message.split('\n', 1)[0]}` : '';
  return new ServonautError('config_invalid', {
    message: `${file} ${why}${detail}.`,
    nextStep: 'It is left as it was. Mend it, or write the entry yourself: --print shows it.',
    cause,
  });
}
