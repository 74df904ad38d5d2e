import * as fc from 'fast-check';
import type { Chance } from '../../modules/auth/testing/chance.ts';
import type { JsonSchema } from '../../platform/openapi/openapi.ts';
import { kindOf, type KnownIds } from './known-ids.ts';

type Schema = JsonSchema & Readonly<Record<string, any>>;

/** Beyond what a schema demands. */
const MORE_ITEMS = 3;
const LONGEST_TEXT = 40;
const DEEPEST = 6;
/** So many times as often as something that is made. */
const EXAMPLES = 5;

/** Makes what a schema takes, now and then of ids that are known. */
export class SchemaValues {
  readonly #chance: Chance;
  readonly #known: KnownIds;
  /** To read a pattern takes long. */
  readonly #texts = new WeakMap<Schema, fc.Arbitrary<string>>();

  constructor(chance: Chance, known: KnownIds) {
    this.#chance = chance;
    this.#known = known;
  }

  /** @param name of the parameter or member that it is for */
  make(schema: JsonSchema, name = ''): unknown {
    const seed = Math.floor(this.#chance.next() * 2 ** 31);
    return fc.sample(this.#of(schema, { name, root: schema, depth: 0 }), { seed, numRuns: 1 })[0];
  }

  /** Examples say what no schema can: that there are rules besides it. */
  #of(schema: JsonSchema, at: Place): fc.Arbitrary<unknown> {
    const { examples } = schema as Schema;
    const made = this.#ofShape(schema, at);
    if (!Array.isArray(examples)) return made;
    return fc.oneof({ weight: 1, arbitrary: made }, { weight: EXAMPLES, arbitrary: fc.constantFrom(...examples) });
  }

  #ofShape(schema: JsonSchema, at: Place): fc.Arbitrary<unknown> {
    const { $ref, const: only, enum: some, anyOf, oneOf, allOf, type } = schema as Schema;
    if (at.depth > DEEPEST) return fc.constant(null);
    if (typeof $ref === 'string') return this.#of(resolved(at.root, $ref), deeper(at));
    if (only !== undefined) return fc.constant(only);
    if (some) return fc.constantFrom(...(some as unknown[]));
    const choice = (anyOf ?? oneOf) as Schema[] | undefined;
    if (choice) return fc.oneof(...choice.map((each) => this.#of(each, deeper(at))));
    if (allOf) return this.#of(Object.assign({}, ...(allOf as Schema[])) as Schema, at);
    if (Array.isArray(type)) return fc.oneof(...type.map((each) => this.#ofType(each as string, schema, at)));
    return type === undefined ? fc.jsonValue({ maxDepth: 2 }) : this.#ofType(type, schema, at);
  }

  #ofType(type: string, schema: Schema, at: Place): fc.Arbitrary<unknown> {
    if (type === 'object') return this.#object(schema, at);
    if (type === 'array') return this.#array(schema, at);
    if (type === 'boolean') return fc.boolean();
    if (type === 'null') return fc.constant(null);
    return type === 'string' ? this.#text(schema, at) : number(type, schema);
  }

  #object({ properties = {}, required = [], additionalProperties, propertyNames }: Schema, at: Place) {
    const members = Object.entries(properties as Record<string, Schema>);
    const known = members.map(([name, each]) => [name, this.#of(each, { ...deeper(at), name })] as const);
    const record = fc.record(Object.fromEntries(known), { requiredKeys: [...required] });
    if (typeof additionalProperties !== 'object' || members.length > 0) return record;
    const names = propertyNames
      ? this.#of(propertyNames as Schema, deeper(at))
      : fc.string({ maxLength: LONGEST_TEXT });
    return fc.dictionary(names as fc.Arbitrary<string>, this.#of(additionalProperties as Schema, deeper(at)), {
      maxKeys: MORE_ITEMS,
    });
  }

  #array({ items = {}, prefixItems, minItems = 0, maxItems = Infinity }: Schema, at: Place): fc.Arbitrary<unknown[]> {
    if (prefixItems) return fc.tuple(...(prefixItems as Schema[]).map((each) => this.#of(each, deeper(at))));
    const bounds = { minLength: minItems, maxLength: Math.min(maxItems, minItems + MORE_ITEMS) };
    return fc.array(this.#of(items as Schema, deeper(at)), bounds);
  }

  #text(schema: Schema, { name }: Place): fc.Arbitrary<string> {
    const known = this.#known.of(kindOf(name));
    const made = this.#texts.get(schema) ?? text(schema);
    this.#texts.set(schema, made);
    return known === undefined ? made : fc.oneof(made, fc.constant(known));
  }
}

interface Place {
  readonly name: string;
  readonly root: JsonSchema;
  readonly depth: number;
}

const deeper = (at: Place): Place => ({ ...at, depth: at.depth + 1 });

function resolved(root: JsonSchema, reference: string): JsonSchema {
  const names = reference.replace(/^#\/?/, '').split('/').filter(Boolean);
  return names.reduce((each, name) => (each as Schema)[name] as JsonSchema, root);
}

function text({ format, pattern, minLength = 0, maxLength }: Schema): fc.Arbitrary<string> {
  const instant = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true });
  if (format === 'date-time') return instant.map((date) => date.toISOString());
  if (format === 'uuid') return fc.uuid();
  if (format === 'uri') return fc.webUrl();
  const longest = Math.min(maxLength ?? Infinity, minLength + LONGEST_TEXT);
  const free = fc.string({ minLength: minLength, maxLength: longest });
  return pattern === undefined ? free : fitting(new RegExp(pattern, 'u'), free, maxLength);
}

function fitting(pattern: RegExp, free: fc.Arbitrary<string>, maxLength = Infinity): fc.Arbitrary<string> {
  // Classes of Unicode are beyond the generator of the library.
  if (/\\p\{/i.test(pattern.source))
    return free.map((made) => made.replaceAll(/[^\w-]/g, 'x')).filter((made) => pattern.test(made));
  return fc.stringMatching(pattern, { size: '-1' }).filter((made) => made.length <= maxLength);
}

function number(type: string, { minimum = -(2 ** 53 - 1), maximum = 2 ** 53 - 1 }: Schema): fc.Arbitrary<number> {
  const bounds = { min: minimum, max: maximum };
  return type === 'integer' ? fc.integer(bounds) : fc.double({ ...bounds, noNaN: true, noDefaultInfinity: true });
}
