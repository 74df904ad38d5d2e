import type { ErrorCode } from '@servonaut/contracts';
import type { z } from 'zod';

/** What authors say of their routes, besides what the routes themselves show. */

const ANSWERS = Symbol('answers');
const HEADERS = Symbol('headers');
const REFUSALS = Symbol('refusals');

export interface DescribedAnswer {
  readonly status: number;
  readonly description: string;
  /** Of JSON; undefined where there is a text of one of the `types`. */
  readonly schema?: z.ZodType;
  readonly types?: readonly string[];
}

export interface DescribedHeader {
  readonly name: string;
  readonly description: string;
  readonly schema: z.ZodType;
}

/** An answer in JSON. */
export const ZodAnswer = (status: number, schema: z.ZodType, description: string): MethodDecorator =>
  adding(ANSWERS, { status, schema, description } satisfies DescribedAnswer);

/** An answer that is text of one of these media types. */
export const TextAnswer = (status: number, types: readonly string[], description: string): MethodDecorator =>
  adding(ANSWERS, { status, types, description } satisfies DescribedAnswer);

/** Errors that callers must reckon with here, besides those of all routes of its kind; on a controller, at each of its routes. */
export function Refuses(...codes: ErrorCode[]): ClassDecorator & MethodDecorator {
  return (target: object, _name?: string | symbol, descriptor?: { value?: unknown }) => {
    const described = descriptor?.value ?? target;
    Reflect.defineMetadata(REFUSALS, [...refusalsOf(described), ...codes], described);
  };
}

/** For decorators of parameters that read a header. */
export function describeHeader(target: object, name: string | symbol | undefined, header: DescribedHeader): void {
  const handler = name === undefined ? undefined : (Object.getOwnPropertyDescriptor(target, name)?.value as object);
  if (handler) Reflect.defineMetadata(HEADERS, [...headersOf(handler), header], handler);
}

export const answersOf = (handler: object) => read(ANSWERS, handler) as readonly DescribedAnswer[];
export const headersOf = (handler: object) => read(HEADERS, handler) as readonly DescribedHeader[];
export const refusalsOf = (target: object) => read(REFUSALS, target) as readonly ErrorCode[];

function adding(key: symbol, value: object): MethodDecorator {
  return (_target, _name, descriptor) => {
    const handler = descriptor.value as object;
    Reflect.defineMetadata(key, [...read(key, handler), value], handler);
  };
}

function read(key: symbol, target: object): readonly unknown[] {
  return (Reflect.getMetadata(key, target) as readonly unknown[] | undefined) ?? [];
}
