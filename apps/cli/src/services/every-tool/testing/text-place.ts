/** Each item of a list or each value of a record, and each name of one. */
const EACH: unique symbol = Symbol('each');
const NAME: unique symbol = Symbol('name');
type Step = string | typeof EACH | typeof NAME;

/** Where text stands in the arguments of a tool, such as `env.*` for the values of a record and `env.(name)` for its names. */
export interface TextPlace {
  readonly name: string;
  readonly path: readonly Step[];
}

interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
}

/** What the product itself takes out of the arguments before a tool gets them. */
const OF_THE_PRODUCT = ['server'];

/** Every place for text in the arguments of a tool, however deep, found in the schema by which agents know it. */
export function textPlaces(inputSchema: object): readonly TextPlace[] {
  const { properties = {}, ...rest } = inputSchema as JsonSchema;
  const own = Object.entries(properties).filter(([name]) => !OF_THE_PRODUCT.includes(name));
  const named = pathsOf({ ...rest, properties: Object.fromEntries(own) }, []).map(
    (path) => [path.map(inWords).join('.'), { path }] as const,
  );
  return [...new Map(named)].map(([name, { path }]) => ({ name, path }));
}

function inWords(step: Step): string {
  return step === EACH ? '*' : step === NAME ? '(name)' : step;
}

type Path = readonly Step[];

function pathsOf(schema: JsonSchema, path: Path): readonly Path[] {
  if ('$ref' in schema) throw new Error('A schema with references is not walked yet.');
  const { type, properties = {}, additionalProperties: others, items } = schema;
  const choices = [schema.anyOf, schema.oneOf, schema.allOf].flatMap((each = []) => each);
  const to = (step: Step): Path => [...path, step];
  return [
    ...(type === 'string' || schema.enum?.some((value) => typeof value === 'string') ? [path] : []),
    ...Object.entries(properties).flatMap(([name, inner]) => pathsOf(inner, to(name))),
    ...(typeof others === 'object' ? [to(NAME), ...pathsOf(others, to(EACH))] : []),
    ...(items ? pathsOf(items, to(EACH)) : []),
    ...choices.flatMap((choice) => pathsOf(choice, path)),
  ];
}

/** The text that stands there in these arguments; undefined where they have none. */
export function textAt(value: unknown, [step, ...rest]: readonly Step[]): string | undefined {
  if (step === undefined) return typeof value === 'string' ? value : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  const [first] = Object.entries(value);
  if (step === NAME) return first?.[0];
  return textAt(step === EACH ? first?.[1] : (value as Record<string, unknown>)[step], rest);
}

/** The same arguments with another text there. */
export function withTextAt(value: unknown, [step, ...rest]: readonly Step[], text: string): unknown {
  if (step === undefined) return text;
  const entries = Object.entries(value as object);
  const [name = '', inner] = (typeof step === 'string' ? entries.find(([one]) => one === step) : entries[0]) ?? [];
  if (step === NAME) return { ...Object.fromEntries(entries.slice(1)), [text]: inner };
  if (Array.isArray(value)) return [withTextAt(inner, rest, text), ...(value as unknown[]).slice(1)];
  return { ...(value as object), [name]: withTextAt(inner, rest, text) };
}
