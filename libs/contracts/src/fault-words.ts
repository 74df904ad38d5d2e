import { z } from 'zod';
import { meantNames } from './nearest-names.ts';

type Fault = z.core.$ZodRawIssue;
type Issue = z.core.$ZodIssue;

export interface FaultWordsOptions {
  /** The value as it may be shown, where it is known to be no secret; otherwise only what kind of value it is. */
  readonly shown?: string;
  /** Fields that are known besides those of the schema. */
  readonly besides?: readonly string[];
}

/** Most values that are listed of those there are. */
const LISTED_VALUES = 20;

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
  null: 'empty',
  undefined: 'missing',
  never: 'left out',
};
const FORMS: Readonly<Record<string, string>> = {
  url: 'an address such as https://example.com',
  guid: 'a UUID',
  uuid: 'a UUID',
  email: 'an email address',
  datetime: 'an instant such as 2027-01-31T12:00:00Z',
};

/**
 * For `safeParse` of what people and agents write: what is wrong, in words that need no programmer. `faultText` puts the place before it. For
 * fields that are not known there is a line for each, in the order of `keys`. What the schema says itself stands.
 */
export function inWords(options: FaultWordsOptions = {}): { readonly error: (fault: Fault) => string | undefined } {
  return { error: (fault) => faultWords(fault, options) };
}

function faultWords(fault: Fault, { shown, besides = [] }: FaultWordsOptions): string | undefined {
  const isShown = shown !== undefined;
  const found = `, and is ${shown ?? kindOf(fault.input)}`;
  switch (fault.code) {
    case 'invalid_type':
      return `must be ${expectedOf(fault)}${isShown || !isOfKind(fault) ? found : ''}`;
    case 'invalid_value':
      return `must be ${oneOf(fault.values)}${isShown || fault.input === undefined ? found : ''}${hint(fault.input, fault.values)}`;
    case 'too_small':
    case 'too_big':
      return `must ${boundOf(fault)}${isShown ? found : ''}`;
    case 'invalid_format':
      return `must ${formOf(fault)}${isShown ? found : ''}`;
    case 'unrecognized_keys': {
      const known = [...knownFields(fault.schema), ...besides];
      return fault.keys.map((key) => `unknown key ${JSON.stringify(key)}${hint(key, known)}`).join('\n');
    }
    case 'invalid_union':
      return unionWords(fault, found);
    default:
      return undefined;
  }
}

/** A fault with its place, as one clause. @param where what the words are about, such as `rules.0.level` */
export function faultText(where: string, words: string): string {
  const clause = words.replaceAll('\n', ', ');
  return /^(?:must|is) /.test(clause) ? `${where} ${clause}` : `${where}: ${clause}`;
}

/** Of what could have been of several forms, the faults of the one that it is nearest to; else the fault itself. */
export function nearestFaults(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const isWithin = (inner: Issue): boolean => inner.path.length > 0 || inner.code !== 'invalid_type';
  const branch = issue.errors.find((inner) => inner.every(isWithin)) ?? [];
  const faults = branch.flatMap((inner) => nearestFaults({ ...inner, path: [...issue.path, ...inner.path] }));
  return faults.length > 0 ? faults : [issue];
}

function kindOf(value: unknown): string {
  if (Number.isNaN(value)) return 'no number';
  const kind = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  return KINDS[kind] ?? kind;
}

/** As 1.5 is a number, where a whole one is expected. */
function isOfKind({ expected, input }: Fault & { readonly code: 'invalid_type' }): boolean {
  return /^(?:number|int)$/.test(expected) && typeof input === 'number' && !Number.isNaN(input);
}

function expectedOf({ expected, schema }: Fault & { readonly code: 'invalid_type' }): string {
  return schema instanceof z.ZodNumber ? numberOf(schema) : (KINDS[expected] ?? expected);
}

function numberOf({ format, minValue, maxValue }: z.ZodNumber): string {
  const kind = format?.includes('int') ? 'a whole number' : 'a number';
  const [least, most] = [minValue, maxValue].map(stated);
  if (least !== undefined && most !== undefined) return `${kind} from ${least} to ${most}`;
  if (least !== undefined) return `${kind} of at least ${least}`;
  return most === undefined ? kind : `${kind} of at most ${most}`;
}

/** The bounds that every whole number has are nobody's wish. */
function stated(bound: number | null | undefined): number | undefined {
  return typeof bound === 'number' && Math.abs(bound) < Number.MAX_SAFE_INTEGER ? bound : undefined;
}

function boundOf(fault: Fault & { readonly code: 'too_small' | 'too_big' }): string {
  const [bound, side] = fault.code === 'too_small' ? [fault.minimum, 'at least'] : [fault.maximum, 'at most'];
  if (fault.schema instanceof z.ZodNumber && fault.inclusive) return `be ${numberOf(fault.schema)}`;
  if (fault.origin === 'string' && bound === 1) return 'not be empty';
  if (fault.origin === 'string') return `have ${side} ${bound} characters`;
  if (fault.origin === 'number' || fault.origin === 'int') return `be ${side} ${bound}`;
  return `have ${side} ${bound} ${bound === 1 ? 'entry' : 'entries'}`;
}

function formOf({ format, pattern }: Fault & { readonly code: 'invalid_format' }): string {
  const form = FORMS[format];
  if (form !== undefined) return `be ${form}`;
  return format === 'regex' ? `fit ${pattern}` : `be written as ${format}`;
}

function oneOf(values: readonly unknown[]): string {
  if (values.length === 1) return String(values[0]);
  return `one of ${values.slice(0, LISTED_VALUES).join(', ')}${values.length > LISTED_VALUES ? ', …' : ''}`;
}

function hint(input: unknown, known: readonly unknown[]): string {
  const meant = typeof input === 'string' ? meantNames(input, known.map(String)) : '';
  return meant && ` (did you mean ${meant}?)`;
}

function knownFields(schema: unknown): readonly string[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  if (schema instanceof z.ZodRecord && schema.keyType instanceof z.ZodEnum) return schema.keyType.options.map(String);
  return [];
}

function unionWords(fault: Fault & { readonly code: 'invalid_union' }, found: string): string | undefined {
  const { discriminator, input, options } = fault as {
    discriminator?: string;
    input?: unknown;
    options?: readonly unknown[];
  };
  if (discriminator !== undefined && options)
    return `must be ${oneOf(options)}${hint((Object(input) as Record<string, unknown>)[discriminator], options)}`;
  const expected = fault.errors.flatMap((branch) =>
    branch.flatMap((one) => (one.code === 'invalid_type' ? one.expected : [])),
  );
  if (expected.length === 0) return undefined;
  return `must be ${[...new Set(expected)].map((kind) => KINDS[kind] ?? kind).join(' or ')}${found}`;
}
