type Step = string | number;

export interface TextArgument {
  readonly path: readonly Step[];
  readonly text: string;
}

/** Where text stands in the arguments of a call, however deep. */
export function textArguments(value: unknown, path: readonly Step[] = []): TextArgument[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  const isList = Array.isArray(value);
  return Object.entries(value).flatMap(([key, inner]) => textArguments(inner, [...path, isList ? Number(key) : key]));
}

/** The same arguments with another text there. */
export function withText<T>(value: T, [step, ...rest]: readonly Step[], text: string): T {
  if (step === undefined) return text as T;
  const copy = structuredClone(value) as Record<Step, unknown>;
  copy[step] = withText(copy[step], rest, text);
  return copy as T;
}
