type Step = string | number;

/** Where text stands in the arguments of a call, however deep. */
export function textPaths(value: unknown, path: readonly Step[] = []): Step[][] {
  if (typeof value === 'string') return [[...path]];
  if (typeof value !== 'object' || value === null) return [];
  const isList = Array.isArray(value);
  return Object.entries(value).flatMap(([key, inner]) => textPaths(inner, [...path, isList ? Number(key) : key]));
}

/** The same arguments with another text there. */
export function withText<T>(value: T, [step, ...rest]: readonly Step[], text: string): T {
  if (step === undefined) return text as T;
  const copy = structuredClone(value) as Record<Step, unknown>;
  copy[step] = withText(copy[step], rest, text);
  return copy as T;
}
