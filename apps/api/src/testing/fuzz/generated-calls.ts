import type { Chance } from '../../modules/auth/testing/chance.ts';
import { METHODS, type OpenApiDocument, type Operation, type Parameter } from '../../platform/openapi/openapi.ts';
import type { CallerKind } from './fuzz-callers.ts';
import { hostileCursor, hostileJson, hostileText } from './hostile-values.ts';
import { cursorOf, kindInPath, kindOf, kindOfAnswer, type KnownIds } from './known-ids.ts';
import type { SchemaValues } from './schema-values.ts';

export interface DocumentedCall {
  readonly method: string;
  /** As in the document. */
  readonly path: string;
  readonly operation: Operation;
}

export interface GeneratedCall extends DocumentedCall {
  readonly address: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer;
  /** It is what the schemas take. */
  readonly isValid: boolean;
  /** Whether the router leads it to this operation: an id with a slash in it does not. */
  readonly isRouted: boolean;
}

/** What fits together, and so is never met by chance: whose something is, and what has to be there before. */
export interface FittingCase {
  readonly kind: CallerKind;
  readonly parameters: Readonly<Record<string, string>>;
  /** Query, as text. */
  readonly query?: string;
  /** Members that the body has in any case. */
  readonly body?: Readonly<Record<string, unknown>>;
  /** In place of that of the kind. */
  readonly token?: string;
}

/** How much of what is made is as the schemas want it: only so things come into being of which something else can be asked. */
const VALID = 0.5;
const KNOWN = 0.6;

const TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'x',
  'application/json; charset=utf-16',
];
const MORE_HEADERS: readonly (readonly [string, readonly string[]])[] = [
  ['accept', ['text/html', 'x', ';;', 'application/xml']],
  ['x-request-id', ['a b', '\u00e4', 'x'.repeat(200), 'fuzzed']],
  ['origin', ['https://evil.example', 'null']],
  ['content-encoding', ['gzip', 'br', 'x']],
  ['if-match', ['"1"', 'W/"1"', '*', '"', '"1","2"', '1', `"${'9'.repeat(40)}"`]],
  ['if-none-match', ['"1"', '*', '"', ',']],
  ['idempotency-key', ['fuzzed', '"fuzzed"', 'a b', 'x'.repeat(300)]],
  ['x-forwarded-for', ['203.0.113.9', "' or 1=1"]],
  ['cookie', ['svn_session=x; svn_visitor=%00', '=;;']],
];

export function operationsOf({ paths }: OpenApiDocument): DocumentedCall[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation ? [{ method: method.toUpperCase(), path, operation }] : [];
    }),
  );
}

/** Makes calls of operations from what the document says of them, and of what is known from answers. */
export class CallMaker {
  readonly #chance: Chance;
  readonly #values: SchemaValues;
  readonly #known: KnownIds;

  constructor(chance: Chance, values: SchemaValues, known: KnownIds) {
    this.#chance = chance;
    this.#values = values;
    this.#known = known;
  }

  /**
   * @param caller who is going to make it
   * @param fitting what it is to be of, if it is to be right
   */
  make(call: DocumentedCall, caller: string, fitting?: FittingCase): GeneratedCall {
    const isValid = fitting !== undefined || this.#chance.happens(VALID);
    const { address, isRouted } = fitting
      ? { address: addressOf(call, fitting), isRouted: true }
      : this.#address(call, caller, isValid);
    const { headers, body } = this.#body(call, isValid, fitting?.body);
    const named = this.#headers(call, isValid);
    return {
      ...call,
      address,
      isRouted,
      isValid,
      headers: { ...headers, ...named },
      ...(body !== undefined && { body }),
    };
  }

  #address(
    { path, operation }: DocumentedCall,
    caller: string,
    isValid: boolean,
  ): { address: string; isRouted: boolean } {
    const spoil = !isValid && this.#chance.happens(0.3);
    const texts = of(operation, 'path').map(({ name, schema }): readonly [string, string] => {
      const known = this.#known.of(kindInPath(path, name, caller)) ?? this.#known.of(kindOf(name));
      const wild = spoil ? (this.#chance.happens(0.5) ? this.#known.any() : hostileText(this.#chance)) : undefined;
      const taken =
        known !== undefined && this.#chance.happens(KNOWN) ? known : String(this.#values.make(schema, name));
      return [name, encoded(wild?.slice(0, 500) ?? taken)];
    });
    const pathname = texts.reduce((text, [name, value]) => text.replace(`{${name}}`, () => value), path);
    // `.` and `..` are parts of an address to whoever reads it, and nothing has no place in one.
    const isRouted = texts.every(([, text]) => text !== '' && !/^\.{1,2}$/.test(text));
    const cursor = this.#known.of(cursorOf(kindOfAnswer(path, caller)));
    return { address: pathname + this.#query(operation, isValid, cursor), isRouted };
  }

  /** @param cursor of that list, if one is known */
  #query(operation: Operation, isValid: boolean, cursor: string | undefined): string {
    const given = of(operation, 'query').flatMap(({ name, schema, required }): string[] => {
      if (!required && this.#chance.happens(0.6)) return [];
      if (name === 'cursor' && !isValid) return [`cursor=${hostileCursor(this.#chance, cursor).slice(0, 2_000)}`];
      if (name === 'cursor' && cursor !== undefined) return [`cursor=${cursor}`];
      const isFree = schema.enum === undefined;
      const known = isFree && this.#chance.happens(KNOWN) ? this.#known.of(kindOf(name)) : undefined;
      return [`${encoded(name)}=${encoded(String(known ?? this.#values.make(schema, name)))}`];
    });
    if (!isValid && this.#chance.happens(0.4)) this.#spoilQuery(given, operation);
    return given.length > 0 ? `?${given.join('&')}` : '';
  }

  #spoilQuery(given: string[], operation: Operation): void {
    const name = this.#chance.pick([...of(operation, 'query').map((each) => each.name), 'x', '__proto__', 'a[b]']);
    const value = encoded(hostileText(this.#chance).slice(0, 2_000));
    const spoilers = [
      () => given.push(`${name}=${value}`),
      () => given.push(`${name}[]=${value}`, `${name}[x]=${value}`),
      () => given.push(...given),
      () => given.splice(0, 1),
      () => given.push('%', '%ff', '&&=&', '%00=%00'),
    ];
    this.#chance.pick(spoilers)();
  }

  #body({ operation: { requestBody } }: DocumentedCall, isValid: boolean, members: object = {}) {
    const schema = requestBody?.content['application/json']?.schema;
    const type = { 'content-type': 'application/json' };
    if (!schema) return isValid || this.#chance.happens(0.8) ? { headers: {} } : { headers: type, body: '{"a":' };
    const made = this.#values.make(schema);
    if (isValid) return { headers: type, body: JSON.stringify(withMembers(made, members)) };
    const body = this.#chance.happens(0.7) ? hostileJson(this.#chance, made) : JSON.stringify(made);
    return { headers: this.#chance.happens(0.15) ? { 'content-type': this.#chance.pick(TYPES) } : type, body };
  }

  #headers({ operation }: DocumentedCall, isValid: boolean): Record<string, string | string[]> {
    const named = of(operation, 'header').flatMap(({ name, schema }): (readonly [string, string])[] => {
      const isFree = schema.pattern === undefined;
      return isFree || this.#chance.happens(0.7) ? [] : [[name.toLowerCase(), String(this.#values.make(schema))]];
    });
    if (isValid || this.#chance.happens(0.6)) return Object.fromEntries(named);
    const [name, values] = this.#chance.pick(MORE_HEADERS);
    const value = this.#chance.pick(values);
    return Object.fromEntries([...named, [name, this.#chance.happens(0.1) ? [value, value] : value]]);
  }
}

function addressOf({ path }: DocumentedCall, { parameters, query }: FittingCase): string {
  const pathname = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => parameters[name] ?? '');
  return query === undefined ? pathname : `${pathname}?${query}`;
}

function withMembers(made: unknown, members: object): unknown {
  return Object.keys(members).length === 0 ? made : { ...(made as object), ...members };
}

function of({ parameters }: Operation, where: Parameter['in']): Parameter[] {
  return parameters.filter((parameter) => parameter.in === where);
}

/** A lone surrogate has no form in an address; escapes that are there stay as they are, so that wrong ones are sent too. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(/%25(?=[0-9a-f]{0,2})/gi, '%');
}
